#include "http/upstream/upstream_json.hpp"

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include <string>

namespace hansard {
namespace {

TEST(UpstreamJsonTest, LargeTextsLeaveNothingBehind) {
  const std::string text(100'000, 'x');
  for (int i = 0; i < 200; ++i) {
    const auto* value = parse_upstream_json(R"({"a":")" + text + "\"}");
    ASSERT_TRUE(value) << i;
    ASSERT_EQ(find_text(value->as_object(), "a").size(), text.size()) << i;
  }
}

TEST(UpstreamJsonTest, ABrokenTextDoesNotSpoilTheNext) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(parse_upstream_json(R"({"a":["b",{"c":"d)"));
    EXPECT_FALSE(parse_upstream_json(R"({"a":1} x)"));
    EXPECT_FALSE(parse_upstream_json(""));
    const auto* value = parse_upstream_json(R"({"a":"b"})");
    ASSERT_TRUE(value);
    EXPECT_EQ(find_text(value->as_object(), "a"), "b");
  }
}

TEST(UpstreamJsonTest, EscapesAtTheEdgesAreReadWhole) {
  const std::pair<const char*, const char*> texts[] = {
      {R"("\ud83d")", "\xED\xA0\xBD"},
      {R"("\ud83d\n")", "\xED\xA0\xBD\n"},
      {R"("\\\ud83d")", "\\\xED\xA0\xBD"},
      {R"("\udc00\ud83d\ude00")", "\xED\xB0\x80\xF0\x9F\x98\x80"}};
  for (const auto& [text, expected] : texts) {
    const auto* value = parse_upstream_json(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(std::string(value->as_string()), expected) << text;
  }
  for (auto text :
       {R"("\ud83)", R"("\ud83d)", R"("\ud83d\)", R"(\)", R"("\u")"})
    EXPECT_FALSE(parse_upstream_json(text)) << text;
}

} // namespace
} // namespace hansard
