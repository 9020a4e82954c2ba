#include "http/upstream/upstream_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hansard {
namespace {

constexpr const char* broken = "\xEF\xBF\xBD";

std::string joined(std::initializer_list<std::string_view> pieces) {
  utf8_joiner joiner;
  std::string out;
  for (auto piece : pieces)
    joiner.append(out, piece);
  joiner.finish(out);
  return out;
}

TEST(Utf8JoinerTest, ValidTextIsUntouched) {
  const std::string text = "plain, ä, €, 😀, \x7F, long enough for words";
  EXPECT_EQ(to_valid_utf8(text), text);
}

TEST(Utf8JoinerTest, EachMaximalSubpartIsOneReplacement) {
  // Unicode 15, table 3-8.
  const std::string r = broken;
  EXPECT_EQ(
      to_valid_utf8("a\xF1\x80\x80\xE1\x80\xC2"
                    "b\x80"
                    "c\x80\xBF"
                    "d"),
      "a" + r + r + r + "b" + r + "c" + r + r + "d");
}

TEST(Utf8JoinerTest, OverlongAndTooLargeFormsAreReplaced) {
  for (auto text :
       {"\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80",
        "\xFF"}) {
    const auto repaired = to_valid_utf8(text);
    EXPECT_EQ(repaired.find_first_not_of(broken), std::string::npos) << text;
    EXPECT_FALSE(repaired.empty());
  }
}

TEST(Utf8JoinerTest, ACharacterCutBetweenPiecesIsJoinedAtEachPlace) {
  const std::string text = "a€b😀c";
  for (std::size_t i = 0; i <= text.size(); ++i)
    EXPECT_EQ(joined({text.substr(0, i), text.substr(i)}), text) << i;
}

TEST(Utf8JoinerTest, AnUnfinishedCharacterIsReplacedAtTheEnd) {
  EXPECT_EQ(joined({"a\xF0\x9F\x98"}), std::string("a") + broken);
}

TEST(Utf8JoinerTest, SurrogatesThatMeetAreOneCharacter) {
  const std::string pair = "\xED\xA0\xBD\xED\xB8\x80"; // U+1F600
  for (std::size_t i = 0; i <= pair.size(); ++i)
    EXPECT_EQ(joined({pair.substr(0, i), pair.substr(i)}), "😀") << i;
}

TEST(Utf8JoinerTest, ALoneSurrogateIsOneReplacement) {
  EXPECT_EQ(to_valid_utf8("\xED\xA0\xBDx"), std::string(broken) + "x");
  EXPECT_EQ(to_valid_utf8("\xED\xB8\x80x"), std::string(broken) + "x");
  EXPECT_EQ(joined({"\xED\xA0\xBD"}), broken);
}

TEST(ClipMessageTest, LongTextIsCutAtACharacter) {
  std::string text;
  for (int i = 0; i < 400; ++i)
    text += "€";
  const auto clipped = clip_message(text);
  EXPECT_LE(clipped.size(), max_upstream_message_bytes);
  EXPECT_GT(clipped.size(), max_upstream_message_bytes - 6);
  EXPECT_EQ(to_valid_utf8(clipped), clipped);
  EXPECT_TRUE(clipped.ends_with("…"));
}

TEST(ClipMessageTest, RepairedTextStaysWithinTheLimit) {
  EXPECT_LE(clip_message(std::string(5000, '\xFF')).size(), 500u);
}

TEST(ClipMessageTest, ControlCharactersBecomeSpaces) {
  EXPECT_EQ(clip_message("a\r\nb\tc\x01\n"), "a  b c");
}

TEST(ClipMessageTest, TextOfExactlyTheLimitIsWhole) {
  const std::string text(500, 'x');
  EXPECT_EQ(clip_message(text), text);
  EXPECT_NE(clip_message(text + "x"), text + "x");
}

} // namespace
} // namespace hansard
