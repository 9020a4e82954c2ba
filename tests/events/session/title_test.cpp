#include "events/message.hpp"
#include "events/text/json_text.hpp"
#include "tests/events/codec/random_events.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace hansard::test {

namespace {

std::string title_of(std::string_view text) {
  std::string content;
  append_json_string(content, text);
  return title_from(content);
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i)
    out += text;
  return out;
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (auto c : text)
    count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

TEST(TitleTest, IsTheFirstLineWithWhiteSpaceFolded) {
  EXPECT_EQ(title_of("Hello"), "Hello");
  EXPECT_EQ(title_of("Hello\nworld"), "Hello");
  EXPECT_EQ(
      title_of("\n \r\n\t Hello  \t wide   world \r\nmore"),
      "Hello wide world");
  EXPECT_EQ(title_of("a\rb\fc\vd"), "a b c d");
}

TEST(TitleTest, ControlCharactersAreSpace) {
  EXPECT_EQ(
      title_of(std::string_view(
          "a\0b\x1b[31mc\x7f"
          "d",
          11)),
      "a b [31mc d");
}

TEST(TitleTest, WithoutTextItIsANewChat) {
  for (std::string_view content :
       {R"("")", "null", "[]", R"(" \n\t ")", "", "not json", R"("\u0000")",
        R"([{"type":"image_url","image_url":{"url":"x"}}])"})
    EXPECT_EQ(title_from(content), "New chat") << content;
}

TEST(TitleTest, BlocksCountAsTheirText) {
  EXPECT_EQ(
      title_from(R"([{"type":"image"},{"type":"text","text":"What is it?"}])"),
      "What is it?");
}

TEST(TitleTest, EightyCharactersAreLeftWhole) {
  EXPECT_EQ(title_of(std::string(80, 'x')), std::string(80, 'x'));
  EXPECT_EQ(title_of(repeated("字", 80)), repeated("字", 80));
  auto words = repeated("abcd efgh ", 8);
  EXPECT_EQ(title_of(words), words.substr(0, 79));
}

TEST(TitleTest, TheEightyFirstCharacterCutsAtAWord) {
  EXPECT_EQ(
      title_of(repeated("abcd efgh ", 9)),
      repeated("abcd efgh ", 8).substr(0, 79) + "…");
  // The cut is in the middle of "efgh".
  EXPECT_EQ(
      title_of("xx " + repeated("abcd efgh ", 9)),
      "xx " + repeated("abcd efgh ", 7) + "abcd…");
}

TEST(TitleTest, AWordThatFillsTheLineIsCutWhereTheLineEnds) {
  EXPECT_EQ(title_of(std::string(81, 'x')), std::string(80, 'x') + "…");
  EXPECT_EQ(
      title_of("See " + std::string(200, 'x')),
      "See " + std::string(76, 'x') + "…");
}

TEST(TitleTest, NoCodePointIsCutInTwo) {
  EXPECT_EQ(title_of(repeated("字", 81)), repeated("字", 80) + "…");
  EXPECT_EQ(
      title_of("a" + repeated("🙂", 200)), "a" + repeated("🙂", 79) + "…");
}

TEST(TitleTest, EveryTitleIsShortValidTextOnOneLine) {
  for (int round = 0; round < 3000; ++round) {
    random_source source{base_seed() + round};
    auto title = title_of(source.text(300));
    SCOPED_TRACE(title);
    ASSERT_FALSE(title.empty());
    ASSERT_LE(code_points(title), 81u);
    if (code_points(title) == 81) {
      ASSERT_TRUE(title.ends_with("…"));
    }
    for (auto c : title)
      ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f);
    ASSERT_EQ(title.find("  "), title.npos);
    ASSERT_FALSE(title.starts_with(' ') || title.ends_with(' '));
    // The parser refuses what is not UTF-8.
    std::string quoted;
    append_json_string(quoted, title);
    boost::json::error_code failed;
    boost::json::parse(quoted, failed);
    ASSERT_FALSE(failed);
  }
}

} // namespace

} // namespace hansard::test
