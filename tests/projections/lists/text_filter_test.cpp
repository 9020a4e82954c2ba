#include "projections/lists/text_filter.hpp"

#include <gtest/gtest.h>

namespace hansard::test {
namespace {

bool finds(std::string_view part, std::string_view text) {
  return text_filter::make(part).value()->matches({text});
}

TEST(TextFilterTest, CaseMakesNoDifference) {
  EXPECT_TRUE(finds("aNN", "Joanna"));
  EXPECT_TRUE(finds("Ä", "Käthe"));
  EXPECT_TRUE(finds("μ", "ΛΑΜΔΑ"));
  EXPECT_FALSE(finds("SS", "Straße"));
  EXPECT_FALSE(finds("anne", "Joanna"));
}

TEST(TextFilterTest, EverySignStandsForItself) {
  for (std::string_view sign :
       {".", "*", "(", "[", "\\", "^", "$", "|", "?", "{1}", "\\d", "(?i)"}) {
    EXPECT_FALSE(finds(sign, "aaa 111")) << sign;
    EXPECT_TRUE(finds(sign, "a" + std::string(sign) + "b")) << sign;
  }
}

TEST(TextFilterTest, AnyOfTheTextsWillDo) {
  auto filter = text_filter::make("x").value();
  EXPECT_TRUE(filter->matches({"a", "b", "ax"}));
  EXPECT_FALSE(filter->matches({"a", "b"}));
}

TEST(TextFilterTest, WhatIsNoTextOrTooLongIsRefused) {
  EXPECT_FALSE(text_filter::make(""));
  EXPECT_FALSE(text_filter::make("\xff"));
  EXPECT_FALSE(text_filter::make("a\xc3"));
  EXPECT_FALSE(text_filter::make(std::string(201, 'a')));
  std::string long_one;
  for (int i = 0; i < 200; ++i)
    long_one += "ä";
  EXPECT_TRUE(text_filter::make(long_one));
}

TEST(TextFilterTest, TextsThatAreNoUtf8AreLookedThroughAllTheSame) {
  EXPECT_TRUE(finds("ok", "\xff\xfe ok \xff"));
}

} // namespace
} // namespace hansard::test
