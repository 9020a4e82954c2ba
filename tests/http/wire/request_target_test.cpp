#include "http/wire/request_target.hpp"

#include <gtest/gtest.h>

namespace hansard {
namespace {

TEST(RequestTargetTest, WhatClientsSendInAQueryAsItIsIsEscaped) {
  EXPECT_EQ(escape_query("/a?q=[draft]"), "/a?q=%5Bdraft%5D");
  EXPECT_EQ(
      escape_query("/a?q=a|b&r={x}^`\\"), "/a?q=a%7Cb&r=%7Bx%7D%5E%60%5C");
  EXPECT_EQ(escape_query("/a?q=\xC3\xA9"), "/a?q=%C3%A9");
  EXPECT_EQ(escape_query("/a?q=100%"), "/a?q=100%25");
  EXPECT_EQ(escape_query("/a?q=%zz%4"), "/a?q=%25zz%254");
}

TEST(RequestTargetTest, WhatIsEscapedAlreadyAndWhatIsNoQueryStay) {
  for (std::string target :
       {"/a?q=%5Bx%5d+y&z=1;2", "/a[b]", "/%zz", "/a", "", "http://h/p?a=b"})
    EXPECT_EQ(escape_query(target), target);
}

TEST(RequestTargetTest, AnEscapedQueryIsAValidTarget) {
  std::string all = "/a?q=";
  for (int c = 0x21; c < 0x7f; ++c)
    if (c != '#')
      all += static_cast<char>(c);
  EXPECT_FALSE(complaint_about_target(escape_query(all), "h"));
}

} // namespace
} // namespace hansard
