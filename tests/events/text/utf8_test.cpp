#include "events/text/utf8.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

namespace hansard {
namespace {

struct byte_range {
  unsigned low;
  unsigned high;
};

/// The well-formed sequences of RFC 3629 §4, row by row.
struct row {
  std::size_t size;
  std::array<byte_range, 4> bytes;
};
constexpr byte_range tail{0x80, 0xbf};
constexpr std::array<row, 9> rows{
    {{1, {{{0x00, 0x7f}}}},
     {2, {{{0xc2, 0xdf}, tail}}},
     {3, {{{0xe0, 0xe0}, {0xa0, 0xbf}, tail}}},
     {3, {{{0xe1, 0xec}, tail, tail}}},
     {3, {{{0xed, 0xed}, {0x80, 0x9f}, tail}}},
     {3, {{{0xee, 0xef}, tail, tail}}},
     {4, {{{0xf0, 0xf0}, {0x90, 0xbf}, tail, tail}}},
     {4, {{{0xf1, 0xf3}, tail, tail, tail}}},
     {4, {{{0xf4, 0xf4}, {0x80, 0x8f}, tail, tail}}}}};

unsigned byte_of(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// How many bytes of `text` fit `r`.
std::size_t fitting(const row& r, std::string_view text) {
  std::size_t i = 0;
  while (i < r.size && i < text.size() && byte_of(text, i) >= r.bytes[i].low
         && byte_of(text, i) <= r.bytes[i].high)
    ++i;
  return i;
}

/// Bytes of the character at the front by the table; 0: none.
std::size_t size_by_table(std::string_view text) {
  for (const auto& r : rows)
    if (fitting(r, text) == r.size)
      return r.size;
  return 0;
}

utf8_subpart subpart_by_table(std::string_view text) {
  utf8_subpart out{1, false};
  for (const auto& r : rows)
    if (auto n = fitting(r, text); n > 0) {
      out.size = n;
      out.unfinished = n == text.size();
    }
  return out;
}

std::size_t prefix_by_table(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    auto size = size_by_table(text.substr(at));
    if (size == 0)
      break;
    at += size;
  }
  return at;
}

/// One failure tells enough of them.
bool agrees(std::string_view text) {
  auto size = size_by_table(text);
  auto first = first_character(text);
  if (first.has_value() != (size > 0) || (first && first->size != size))
    return false;
  if (valid_utf8_prefix(text) != prefix_by_table(text))
    return false;
  if (first) {
    std::string again;
    append_utf8(again, first->point);
    return again == text.substr(0, size);
  }
  auto part = broken_subpart(text);
  auto expected = subpart_by_table(text);
  return part.size == expected.size && part.unfinished == expected.unfinished;
}

TEST(Utf8Test, EverySequenceOfUpToThreeBytesIsReadAsTheRfcHasIt) {
  for (unsigned a = 0; a < 256; ++a) {
    const char one[] = {static_cast<char>(a)};
    ASSERT_TRUE(agrees({one, 1})) << a;
    for (unsigned b = 0; b < 256; ++b) {
      const char two[] = {one[0], static_cast<char>(b)};
      ASSERT_TRUE(agrees({two, 2})) << a << ' ' << b;
      for (unsigned c = 0; c < 256; ++c) {
        const char three[] = {one[0], two[1], static_cast<char>(c)};
        ASSERT_TRUE(agrees({three, 3})) << a << ' ' << b << ' ' << c;
      }
    }
  }
}

TEST(Utf8Test, SequencesOfFourBytesAreReadAsTheRfcHasItAtEveryEdge) {
  constexpr unsigned edges[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf4, 0xff};
  for (unsigned a = 0xe0; a < 256; ++a)
    for (auto b : edges)
      for (auto c : edges)
        for (auto d : edges) {
          const char four[] = {
              static_cast<char>(a), static_cast<char>(b), static_cast<char>(c),
              static_cast<char>(d)};
          ASSERT_TRUE(agrees({four, 4}))
              << a << ' ' << b << ' ' << c << ' ' << d;
        }
}

TEST(Utf8Test, EachKindOfMistakeIsNoText) {
  for (std::string_view bad :
       {"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", // overlong
        "\xed\xa0\x80", "\xed\xbf\xbf",                 // surrogates
        "\xed\xa0\xbd\xed\xb8\x80",                     // a pair of them
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",         // beyond U+10FFFF
        "\xe2\x82", "\xf0\x9f\x98", "\xc3",             // cut
        "\x80", "\xbf", "\xfe", "\xff"}) {              // no lead
    EXPECT_FALSE(is_utf8(bad)) << bad;
    EXPECT_FALSE(is_utf8("12345678" + std::string(bad) + "9")) << bad;
    EXPECT_FALSE(first_character(bad)) << bad;
  }
}

TEST(Utf8Test, EveryCharacterIsReadAsItWasWritten) {
  for (char32_t point = 0; point <= 0x10ffff; ++point) {
    if (point == 0xd800)
      point = 0xe000;
    std::string text;
    append_utf8(text, point);
    auto read = first_character(text);
    ASSERT_TRUE(read && is_utf8(text)) << static_cast<unsigned>(point);
    ASSERT_EQ(read->point, point);
    ASSERT_EQ(read->size, text.size());
  }
}

TEST(Utf8Test, AnEmptyTextIsValidAndBeginsWithNothing) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_FALSE(first_character(""));
  EXPECT_EQ(count_characters(""), 0u);
  EXPECT_EQ(utf8_cut("", 3), 0u);
}

TEST(Utf8Test, AMistakeBehindAsciiIsFoundWhereverItStands) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text[at] = '\xff';
    EXPECT_EQ(valid_utf8_prefix(text), at);
  }
}

TEST(Utf8Test, CharactersAreCountedNotBytes) {
  EXPECT_EQ(count_characters("aé€😀"), 4u);
  EXPECT_EQ(count_characters("\x80\xff"), 1u);
}

TEST(Utf8Test, ACutLeavesWholeCharacters) {
  EXPECT_EQ(cut_utf8("aé", 2), "a");
  EXPECT_EQ(cut_utf8("aé", 3), "aé");
  EXPECT_EQ(cut_utf8("😀", 3), "");
  EXPECT_EQ(cut_utf8("aé", 99), "aé");
}

} // namespace
} // namespace hansard
