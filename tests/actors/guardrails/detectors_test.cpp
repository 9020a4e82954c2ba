#include "actors/guardrails/detectors.hpp"
#include "tests/actors/guardrails/fixture.hpp"

#include <gmock/gmock.h>

namespace hansard::test {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> found(std::string name, std::string_view text) {
  return found_in(*program_of({detect("rule", {std::move(name)})}), text);
}

TEST(GuardDetectorsTest, EmailAddressesAreFound) {
  EXPECT_THAT(
      found("email", "to anna.b+x@mail.example.org, bob@b.co."),
      ElementsAre("anna.b+x@mail.example.org", "bob@b.co"));
  EXPECT_THAT(found("email", "me@localhost a@b @c.de d@"), IsEmpty());
}

TEST(GuardDetectorsTest, PhoneNumbersAreFound) {
  EXPECT_THAT(
      found("phone", "+49 (0)30 901820 or 0044 20 7946 0958, (212) 555-0187"),
      ElementsAre("+49 (0)30 901820", "0044 20 7946 0958", "(212) 555-0187"));
  EXPECT_THAT(found("phone", "212-555-0187."), ElementsAre("212-555-0187"));
  EXPECT_THAT(
      found("phone", "2026-11-23 12:30:15, 1.2.3.4, +12, 3.14159265358979"),
      IsEmpty());
}

TEST(GuardDetectorsTest, AnIbanIsFoundByItsCheckDigits) {
  // The examples of SWIFT's IBAN registry.
  EXPECT_THAT(
      found("iban", "pay DE89 3704 0044 0532 0130 00 to me"),
      ElementsAre("DE89 3704 0044 0532 0130 00"));
  EXPECT_THAT(
      found("iban", "GB29NWBK60161331926819, NO9386011117947"),
      ElementsAre("GB29NWBK60161331926819", "NO9386011117947"));
  EXPECT_THAT(
      found("iban", "fr1420041010050500013m02606"),
      ElementsAre("fr1420041010050500013m02606"));
  EXPECT_THAT(found("iban", "DE88 3704 0044 0532 0130 00"), IsEmpty());
  EXPECT_THAT(found("iban", "DE89 3704 0044 0532 0130"), IsEmpty());
  EXPECT_THAT(found("iban", "XX89 3704 0044 0532 0130 00"), IsEmpty());
}

TEST(GuardDetectorsTest, ACardIsFoundByIssuerAndLuhnDigit) {
  // The networks' published test numbers.
  EXPECT_THAT(
      found("card", "4111 1111 1111 1111, 5555-5555-5555-4444"),
      ElementsAre("4111 1111 1111 1111", "5555-5555-5555-4444"));
  EXPECT_THAT(
      found("card", "378282246310005 6011111111111117 30569309025904"),
      ElementsAre("378282246310005", "6011111111111117", "30569309025904"));
  EXPECT_THAT(
      found("card", "card 4111 1111 1111 1111 123"),
      ElementsAre("4111 1111 1111 1111"))
      << "the three digits of its back are not part of it";
  EXPECT_THAT(
      found("card", "4111111111111112 1234567812345670 411111111111111"),
      IsEmpty());
  EXPECT_THAT(found("card", "94111111111111111"), IsEmpty());
}

TEST(GuardDetectorsTest, CommonSecretsAreFound) {
  // Built here, so that no scanner takes this file for a leak.
  auto body = [](std::size_t size) { return std::string(size, 'A'); };
  auto is_found = [](const char* detector, const std::string& secret) {
    auto text = "key: \"" + secret + "\", keep it";
    return found(detector, text) == std::vector<std::string>{secret};
  };
  EXPECT_TRUE(is_found("aws_key", "AKIA" + body(16)));
  EXPECT_TRUE(is_found("github_token", "ghp_" + body(36)));
  EXPECT_TRUE(
      is_found("github_token", "github_pat_" + body(22) + '_' + body(59)));
  EXPECT_TRUE(is_found("slack_token", "xoxb-" + body(24)));
  EXPECT_TRUE(
      is_found("jwt", "eyJ" + body(20) + ".eyJ" + body(30) + '.' + body(43)));
  EXPECT_TRUE(is_found("hansard_key", "hsd_" + body(32)));
  EXPECT_TRUE(is_found("provider_key", "sk-proj-" + body(40)));
  EXPECT_TRUE(is_found("provider_key", "AIza" + body(35)));
  EXPECT_FALSE(is_found("aws_key", "AKIA" + body(15)));
  EXPECT_FALSE(is_found("hansard_key", "hsd_" + body(31)));
}

TEST(GuardDetectorsTest, APrivateKeyIsFoundFromItsFirstLineToItsLast) {
  std::string key =
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n";
  for (int i = 0; i < 40; ++i)
    key += std::string(64, 'k') + '\n';
  key += "-----END RSA PRIVATE KEY-----";
  EXPECT_THAT(
      found("private_key", "Here:\n" + key + "\nKeep it."), ElementsAre(key));
  EXPECT_THAT(
      found("private_key", "-----BEGIN CERTIFICATE-----\nabc"), IsEmpty());
}

TEST(GuardDetectorsTest, EveryDetectorCompilesAndHoldsAStatedBound) {
  for (const auto& detector : guard_detectors()) {
    auto program = program_of({detect("rule", {std::string(detector.name)})});
    ASSERT_NE(program, nullptr) << detector.name;
    EXPECT_LE(program->longest(), 16384u);
  }
}

} // namespace

} // namespace hansard::test
