#include "events/text/base64url.hpp"
#include "events/text/hex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

namespace hansard {
namespace {

TEST(HexTest, EachByteIsTwoSmallDigits) {
  EXPECT_EQ(hex_text(""), "");
  EXPECT_EQ(hex_text(std::string_view("\x00\x0f\xa5\xff", 4)), "000fa5ff");
  EXPECT_EQ(hex_text(std::array<std::uint8_t, 2>{0x7f, 0x80}), "7f80");
}

TEST(Base64UrlTest, EveryByteComesBackFromItsOneSpelling) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(from_base64url(to_base64url(bytes)).value(), bytes);
    bytes += static_cast<char>(i);
  }
  EXPECT_EQ(to_base64url("\xfb\xff\xbf"), "-_-_");
}

TEST(Base64UrlTest, AnotherSpellingIsNone) {
  for (auto bad : {"Z", "Zg==", "Zh", "Zm9", "+/+/", "Zm 8", "Zm8\n"})
    EXPECT_FALSE(from_base64url(bad)) << bad;
}

} // namespace
} // namespace hansard
