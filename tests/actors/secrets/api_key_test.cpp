#include "actors/secrets/api_key.hpp"

#include <gtest/gtest.h>

#include <set>

namespace hansard {

TEST(CredentialsTest, AKeyIsKnownByItsForm) {
  auto key = make_api_key();
  EXPECT_EQ(key.size(), 36u);
  EXPECT_TRUE(key.starts_with("hsd_"));
  EXPECT_TRUE(is_well_formed_api_key(key));
}

TEST(CredentialsTest, NoTwoKeysAreEqual) {
  std::set<std::string> keys;
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(keys.insert(make_api_key()).second);
}

TEST(CredentialsTest, AKeyWithOneCharacterChangedIsRefused) {
  auto key = make_api_key();
  for (std::size_t i = 0; i < key.size(); ++i) {
    auto mistyped = key;
    mistyped[i] = mistyped[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(is_well_formed_api_key(mistyped)) << i;
  }
}

TEST(CredentialsTest, AKeyThatWasCutOrHasMoreIsRefused) {
  auto key = make_api_key();
  for (std::size_t size = 0; size < key.size(); ++size)
    EXPECT_FALSE(is_well_formed_api_key(key.substr(0, size)));
  EXPECT_FALSE(is_well_formed_api_key(key + "A"));
  EXPECT_FALSE(is_well_formed_api_key(key + '\0'));
}

TEST(CredentialsTest, BytesOutsideTheAlphabetAreRefused) {
  auto key = make_api_key();
  for (char c : {'\0', '\n', ' ', '-', '_', '/', '\xc3'}) {
    auto odd = key;
    odd[10] = c;
    EXPECT_FALSE(is_well_formed_api_key(odd));
  }
}

TEST(CredentialsTest, EveryCharacterOfTheAlphabetIsUsed) {
  std::set<char> seen;
  for (int i = 0; i < 500; ++i)
    for (char c : make_api_key().substr(4))
      seen.insert(c);
  EXPECT_EQ(seen.size(), 62u);
}

TEST(CredentialsTest, TheDigestIsSha256) {
  // FIPS 180-4's example "abc".
  auto digest = sha256("abc");
  std::array<std::uint8_t, 4> front{0xba, 0x78, 0x16, 0xbf};
  EXPECT_TRUE(std::equal(front.begin(), front.end(), digest.begin()));
  EXPECT_EQ(digest[31], 0xad);
}

} // namespace hansard
