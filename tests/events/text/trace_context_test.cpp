#include "events/text/trace_context.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hansard {
namespace {

// The example of W3C Trace Context, §3.2.
const std::string example =
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(TraceContextTest, AHeaderIsReadAndWrittenAsItWas) {
  auto read = read_traceparent(example);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->trace_text(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(read->span_text(), "b7ad6b7169203331");
  EXPECT_TRUE(read->sampled);
  EXPECT_EQ(to_traceparent(*read), example);
  auto quiet = example;
  quiet.back() = '0';
  EXPECT_FALSE(read_traceparent(quiet)->sampled);
  EXPECT_EQ(to_traceparent(*read_traceparent(quiet)), quiet);
}

TEST(TraceContextTest, WhatIsNotAHeaderIsIgnored) {
  auto with = [](std::size_t at, std::string_view text) {
    auto out = example;
    return out.replace(at, text.size(), text);
  };
  const std::string bad[] = {
      "",
      "00",
      example.substr(0, example.size() - 1),
      example + "0",
      example + "-00",
      " " + example,
      example + " ",
      with(0, "ff"),
      with(0, "0x"),
      with(2, "_"),
      with(35, "_"),
      with(52, "_"),
      with(3, "0AF7"),
      with(3, "0xf7"),
      with(3, std::string(32, '0')),
      with(36, std::string(16, '0')),
      with(36, "B7"),
      with(53, "g1"),
      with(3, std::string(1, '\0')),
      example + "," + example};
  for (const auto& text : bad)
    EXPECT_FALSE(read_traceparent(text)) << text;
}

TEST(TraceContextTest, OfALaterVersionThePartInCommonCounts) {
  auto later = "cc" + example.substr(2);
  for (const auto& text : {later, later + "-", later + "-what.it.adds"}) {
    auto read = read_traceparent(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(to_traceparent(*read), example);
  }
  EXPECT_FALSE(read_traceparent(later + "01"));
}

TEST(TraceContextTest, FlagsThatAreNotKnownAreNotPassedOn) {
  auto text = example;
  text.replace(53, 2, "fe");
  EXPECT_TRUE(to_traceparent(*read_traceparent(text)).ends_with("-00"));
}

} // namespace
} // namespace hansard
