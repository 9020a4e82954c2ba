#include "http/text/request_json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hansard {
namespace {

using kind = json_view::kind;

std::string complaint(std::string_view text) {
  auto checked = check_json(text);
  if (checked)
    return {};
  EXPECT_EQ(checked.error().code, ec::invalid_request);
  return checked.error().message;
}

TEST(RequestJsonTest, EveryKindOfValueIsAccepted) {
  for (auto text :
       {"{}", "[]", "null", "true", "-1.5e3", "\"\"", " [1, {\"a\": [null]}] ",
        R"({"a":"\u00e9\ud83d\ude00","b":{"a":1}})", R"("Ω𝄞")"})
    EXPECT_EQ(complaint(text), "") << text;
}

TEST(RequestJsonTest, WhatIsNotJsonIsRefused) {
  for (auto text :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "nul", "01", "+1",
        "\"\x01\"", "// c\n1", "'a'", "{\"a\" 1}", "[1 2]", "\"\\x\"",
        "\"\\ud800\"", "NaN", "1 2", "{}x"})
    EXPECT_NE(complaint(text), "") << text;
}

TEST(RequestJsonTest, InvalidUtf8IsNamedAsSuchAtItsMember) {
  for (std::string bad :
       {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80",
        "\xe2\x82"}) {
    auto text = R"({"messages":[{"content":")" + bad + "\"}]}";
    auto why = complaint(text);
    EXPECT_NE(why.find("UTF-8"), std::string::npos) << why;
    EXPECT_EQ(why.rfind("messages[0].content", 0), 0u) << why;
  }
}

TEST(RequestJsonTest, AMemberThatIsThereTwiceIsNamed) {
  EXPECT_EQ(complaint(R"({"a":1,"b":2,"a":3})").rfind("a:", 0), 0u);
  EXPECT_EQ(
      complaint(R"({"x":[0,{"role":1,"role":2}]})").rfind("x[1].role:", 0), 0u);
  // The same name, spelt in two ways.
  EXPECT_EQ(complaint(R"({"a":1,"\u0061":3})").rfind("a:", 0), 0u);
}

TEST(RequestJsonTest, TheSameMemberInTwoObjectsIsFine) {
  EXPECT_EQ(complaint(R"([{"a":1},{"a":1},{"b":{"a":{"a":1}}}])"), "");
}

TEST(RequestJsonTest, DepthIsBoundedAtItsLimit) {
  auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(complaint(nested(64)), "");
  EXPECT_NE(complaint(nested(65)), "");
  EXPECT_NE(complaint(std::string(1'000'000, '[')), "");
  std::string objects;
  for (int i = 0; i < 65; ++i)
    objects += R"({"a":)";
  EXPECT_NE(complaint(objects).find("nested"), std::string::npos);
}

TEST(RequestJsonTest, MembersAndElementsAreBounded) {
  json_limits limits;
  limits.max_members = 3;
  limits.max_elements = 2;
  EXPECT_TRUE(check_json(R"({"a":1,"b":2,"c":[1,2]})", limits));
  EXPECT_FALSE(check_json(R"({"a":1,"b":2,"c":3,"d":4})", limits));
  EXPECT_FALSE(check_json("[1,2,3]", limits));
}

TEST(RequestJsonTest, SpaceInsideIsKeptVerbatimAndOutsideIsNot) {
  std::string text = " { \"a\" :\t[ 1 , 2 ]\n, \"b\" : \"x\" } ";
  ASSERT_TRUE(check_json(text));
  json_view top{text};
  std::vector<std::string> seen;
  top.each_member([&](std::string_view name, json_view value) {
    seen.push_back(std::string(name) + '=' + std::string(value.text()));
    return true;
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"\"a\"=[ 1 , 2 ]", "\"b\"=\"x\""}));
}

TEST(RequestJsonTest, BracketsAndQuotesInStringsDoNotMislead) {
  std::string text = R"([ "]}\"[{" , {"}]":"\\"} , [] , -0.5 ,null])";
  ASSERT_TRUE(check_json(text));
  std::vector<std::string> seen;
  json_view{text}.each_element([&](json_view value) {
    seen.emplace_back(value.text());
    return true;
  });
  EXPECT_EQ(
      seen, (std::vector<std::string>{
                R"("]}\"[{")", R"({"}]":"\\"})", "[]", "-0.5", "null"}));
}

TEST(RequestJsonTest, EmptyContainersHaveNothingInThem) {
  int visits = 0;
  json_view{"{ }"}.each_member([&](auto, auto) { return ++visits; });
  json_view{"[ ]"}.each_element([&](auto) { return ++visits; });
  EXPECT_EQ(visits, 0);
}

TEST(RequestJsonTest, StringsAreUnescaped) {
  EXPECT_EQ(json_view{R"("a\n\u00e9\ud83d\ude00\/")"}.string(), "a\né😀/");
  EXPECT_EQ(json_view{R"("plain")"}.string(), "plain");
}

TEST(RequestJsonTest, OnlyWholeNumbersThatFitAreIntegers) {
  EXPECT_EQ(json_view{"42"}.unsigned_integer(), 42u);
  EXPECT_EQ(json_view{"0"}.unsigned_integer(), 0u);
  for (auto text : {"-1", "1.0", "1e2", "18446744073709551616", "\"1\""})
    EXPECT_FALSE(json_view{text}.unsigned_integer()) << text;
}

} // namespace
} // namespace hansard
