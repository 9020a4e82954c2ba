#include "actors/secrets/credential_vault.hpp"
#include "events/codec/codec.hpp"
#include "tests/support/credential_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hansard::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view value = "sk-a-provider's-key-0123456789";

class CredentialVaultTest : public ::testing::Test {
protected:
  CredentialVaultTest() { vault_.use({first_}); }

  void keep(sealed_credential sealed) {
    directory_.apply(
        {{},
         control_stream,
         {++version_},
         from_unix_us(1'000),
         credential_set{std::move(sealed), {"did:u:admin", {}}}});
  }
  sealed_credential kept(const std::string& name) {
    auto sealed = vault_.seal(name, secret_text{std::string(value)}).value();
    keep(sealed);
    return sealed;
  }
  std::string why_not(std::string_view name) {
    auto opened = vault_.open(name);
    if (opened)
      return "";
    EXPECT_EQ(opened.error().code, ec::upstream_failed);
    EXPECT_THAT(opened.error().message, Not(HasSubstr(std::string(value))));
    return opened.error().message;
  }

  const credential_key first_ = sample_credential_key();
  const credential_key other_ =
      sample_credential_key(other_credential_key_text);
  credential_directory directory_;
  credential_vault vault_{directory_};
  std::uint64_t version_ = 0;
};

TEST_F(CredentialVaultTest, WhatIsSealedIsOpened) {
  kept("openai");
  EXPECT_EQ(vault_.open("openai").value().view(), value);
}

TEST_F(CredentialVaultTest, TheEventHoldsNothingOfTheValue) {
  auto sealed = kept("openai");
  recorded_event recorded{
      {}, control_stream, {1}, from_unix_us(0), credential_set{sealed, {}}};
  std::string bytes;
  encode(recorded.body, bytes);
  EXPECT_THAT(bytes, Not(HasSubstr(std::string(value.substr(0, 6)))));
  auto line = to_json(recorded);
  EXPECT_THAT(line, HasSubstr("openai"));
  EXPECT_THAT(line, Not(HasSubstr("ciphertext")));
  EXPECT_THAT(line, Not(HasSubstr("nonce")));
}

TEST_F(CredentialVaultTest, TheSameValueIsNeverSealedTheSameWayTwice) {
  auto a = vault_.seal("a", secret_text{std::string(value)}).value();
  auto b = vault_.seal("a", secret_text{std::string(value)}).value();
  EXPECT_NE(a.nonce, b.nonce);
  EXPECT_NE(a.ciphertext, b.ciphertext);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
}

TEST_F(CredentialVaultTest, AFingerprintDependsOnValueAndKey) {
  auto a = seal(first_, "a", secret_text{"value-1"}).value();
  auto b = seal(first_, "a", secret_text{"value-2"}).value();
  auto c = seal(other_, "a", secret_text{"value-1"}).value();
  EXPECT_NE(a.fingerprint, b.fingerprint);
  EXPECT_NE(a.fingerprint, c.fingerprint);
}

TEST_F(CredentialVaultTest, ACiphertextPassesForNoOtherName) {
  auto sealed = kept("cheap");
  sealed.name = "dear";
  keep(sealed);
  EXPECT_THAT(why_not("dear"), HasSubstr("is damaged"));
}

TEST_F(CredentialVaultTest, AFlippedBitIsFound) {
  const auto sealed = kept("openai");
  for (std::size_t i = 0; i < sealed.ciphertext.size(); ++i) {
    auto altered = sealed;
    altered.ciphertext[i] = static_cast<char>(altered.ciphertext[i] ^ 1);
    EXPECT_FALSE(unseal(first_, altered)) << i;
  }
  auto altered = sealed;
  altered.nonce[3] ^= 1;
  EXPECT_FALSE(unseal(first_, altered));
  altered = sealed;
  altered.ciphertext.resize(15);
  EXPECT_FALSE(unseal(first_, altered));
}

TEST_F(CredentialVaultTest, AnotherKeySaysWhichOneIsMissing) {
  const auto sealed = kept("openai");
  vault_.use({other_});
  EXPECT_FALSE(vault_.opens(sealed));
  EXPECT_THAT(why_not("openai"), HasSubstr("lacks the key"));
}

TEST_F(CredentialVaultTest, TheFirstKeySealsAndAllOfThemOpen) {
  const auto old = kept("old");
  vault_.use({other_, first_});
  const auto young = kept("young");
  EXPECT_EQ(young.key, other_.id());
  EXPECT_EQ(vault_.open("old").value().view(), value);
  EXPECT_EQ(vault_.open("young").value().view(), value);
  vault_.use({first_});
  EXPECT_TRUE(vault_.opens(old));
  EXPECT_FALSE(vault_.opens(young));
}

TEST_F(CredentialVaultTest, WithoutAKeyNothingIsSealed) {
  vault_.use({});
  auto sealed = vault_.seal("openai", secret_text{std::string(value)});
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, ec::not_configured);
  EXPECT_THAT(sealed.error().message, HasSubstr("[credentials] key_file"));
}

TEST_F(CredentialVaultTest, ARemovedCredentialIsNotOpened) {
  kept("openai");
  directory_.apply(
      {{},
       control_stream,
       {++version_},
       from_unix_us(2'000),
       credential_removed{"openai", {}}});
  EXPECT_THAT(why_not("openai"), HasSubstr("does not exist"));
}

TEST(CredentialKeyTest, OnlyThirtyTwoRandomBytesAreAKey) {
  EXPECT_TRUE(credential_key::parse(credential_key_text));
  for (std::string_view bad :
       {"", "secret", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "CRf0Bqv3mYVOp5Wn1s7TQxg2ZkHdLJtUiEa9yXbK4c==",
        "CRf0Bqv3mYVOp5Wn1s7TQxg2ZkHdLJtUiEa9yXbK4cMC",
        "CRf0Bqv3mYVOp5Wn1s7TQxg2ZkHdLJtUiEa9yXbK!cM=",
        "YWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWI="}) {
    auto key = credential_key::parse(bad);
    ASSERT_FALSE(key) << bad;
    EXPECT_THAT(key.error().message, HasSubstr("openssl rand -base64 32"));
  }
}

TEST(CredentialValueTest, OnlyWhatAHeaderCanCarryIsAValue) {
  EXPECT_TRUE(check_credential_value(secret_text{"sk-1"}));
  for (const std::string& bad :
       {std::string(), std::string("a b"), std::string("a\r\nX: y"),
        std::string("caf\xc3\xa9"), std::string(8'193, 'a')})
    EXPECT_FALSE(check_credential_value(secret_text{bad}));
}

} // namespace
} // namespace hansard::test
