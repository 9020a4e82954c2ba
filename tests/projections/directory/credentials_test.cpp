#include "projections/directory/credentials.hpp"

#include <gtest/gtest.h>

namespace hansard::test {
namespace {

class CredentialDirectoryTest : public ::testing::Test {
protected:
  void apply(event e, std::int64_t at_us) {
    directory_.apply(
        {{}, control_stream, {++version_}, from_unix_us(at_us), std::move(e)});
  }
  void set(std::string name, std::string ciphertext, std::int64_t at_us) {
    sealed_credential sealed;
    sealed.name = std::move(name);
    sealed.ciphertext = std::move(ciphertext);
    apply(credential_set{sealed, {"did:u:1", {}}}, at_us);
  }

  credential_directory directory_;
  std::uint64_t version_ = 0;
};

TEST_F(CredentialDirectoryTest, TheLastValueOfANameCounts) {
  set("b", "one", 10);
  set("a", "two", 20);
  set("b", "three", 30);
  auto found = directory_.find("b");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->sealed.ciphertext, "three");
  EXPECT_EQ(found->created_at, from_unix_us(10));
  EXPECT_EQ(found->updated_at, from_unix_us(30));
  EXPECT_EQ(found->by, "did:u:1");
  EXPECT_EQ(found->values, 2u);
  EXPECT_EQ(directory_.page({}).entries.front().sealed.name, "a");
  EXPECT_EQ(directory_.size(), 2u);
}

TEST_F(CredentialDirectoryTest, WhatIsRemovedIsGoneAndCanComeAgain) {
  set("a", "one", 10);
  apply(credential_removed{"a", {}}, 20);
  EXPECT_FALSE(directory_.find("a"));
  set("a", "two", 30);
  EXPECT_EQ(directory_.find("a")->created_at, from_unix_us(30));
}

TEST_F(CredentialDirectoryTest, WhatWasAppliedIsNotAppliedAgain) {
  set("a", "one", 10);
  version_ = 0;
  apply(credential_removed{"a", {}}, 20);
  EXPECT_TRUE(directory_.find("a"));
}

} // namespace
} // namespace hansard::test
