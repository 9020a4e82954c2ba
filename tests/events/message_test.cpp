#include "events/message.hpp"
#include "tests/events/codec/random_events.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <tuple>

namespace hansard::test {

namespace {

message with_content(std::string content, role who = role::user) {
  message m;
  m.role = who;
  m.content = std::move(content);
  return m;
}

message with_calls(std::string content, std::string calls) {
  auto m = with_content(std::move(content), role::assistant);
  m.tool_calls = std::move(calls);
  return m;
}

TEST(PlainTextTest, IsTheStringOrTheTextBlocksJoined) {
  const std::tuple<std::string_view, std::string_view> table[] = {
      {R"("hello")", "hello"},
      {R"("caf\u00e9 \ud83d\ude42\n")", "café 🙂\n"},
      {R"("")", ""},
      {"null", ""},
      {"42", ""},
      {"true", ""},
      {R"({"type":"text","text":"not in an array"})", ""},
      {"[]", ""},
      {R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])", "ab"},
      {R"([{"type":"image_url","image_url":{"url":"x"}},)"
       R"({"type":"text","text":"b"}])",
       "b"},
      {R"([{"type":"input_text","text":"a"}])", ""},
      {R"([{"type":"text"},{"type":"text","text":5},{"type":1,"text":"a"}])",
       ""},
      {R"(["a", null, 5, ["b"]])", ""},
      {R"( [ {"text" : "x" , "type" : "text", "extra": {}} ] )", "x"},
  };
  for (auto [content, text] : table)
    EXPECT_EQ(plain_text(content), text) << content;
}

TEST(PlainTextTest, WhatIsNotJsonHasNoText) {
  for (std::string_view content :
       {"", "hello", "\"hello", "[{\"type\":\"text\",\"text\":\"a\"}",
        "\"a\" \"b\"", "\"\xff\"", "\"\\ud83d\"", "\"a\nb\"", "{]"})
    EXPECT_EQ(plain_text(content), "") << content;
}

TEST(PlainTextTest, NestingWithoutEndIsNoText) {
  std::string deep(100'000, '[');
  EXPECT_EQ(plain_text(deep), "");
  EXPECT_EQ(plain_text(deep + std::string(100'000, ']')), "");
}

TEST(MatchDigestTest, SpacingMemberOrderAndEscapesDoNotCount) {
  const std::tuple<std::string_view, std::string_view> table[] = {
      {R"("caf\u00e9 \u2615")", "\"café ☕\""},
      {R"("a\/b\t")", R"("a/b\u0009")"},
      {R"([{"type":"image","source":{"a":1,"b":[1,2]}}])",
       R"( [ { "source" : { "b" : [ 1 , 2 ] , "a" : 1 } , "type" : "image" } ])"},
      {R"({"\u0061":1})", R"({"a":1})"},
  };
  for (auto [a, b] : table)
    EXPECT_EQ(
        match_digest(with_content(std::string(a))),
        match_digest(with_content(std::string(b))))
        << a;
  EXPECT_EQ(
      match_digest(with_calls("null", R"([{"id":"c","type":"function"}])")),
      match_digest(with_calls("null", R"([ {"type":"function", "id":"c"} ])")));
}

TEST(MatchDigestTest, ASingleTextBlockEqualsTheString) {
  EXPECT_EQ(
      match_digest(with_content(R"([{"type":"text","text":"hi \u00e9"}])")),
      match_digest(with_content("\"hi é\"")));
  EXPECT_EQ(
      match_digest(with_content(R"([{"type":"text","text":"a\b\f\u001f"}])")),
      match_digest(with_content(R"("a\b\f\u001f")")));
}

TEST(MatchDigestTest, ABlankContentIsTheSameHoweverItIsWritten) {
  auto calls = R"([{"id":"call_1"}])";
  auto null = match_digest(with_calls("null", calls));
  EXPECT_EQ(match_digest(with_calls(R"("")", calls)), null);
  EXPECT_EQ(match_digest(with_calls("", calls)), null);
  EXPECT_EQ(
      match_digest(with_calls(R"([{"type":"text","text":""}])", calls)), null);
}

TEST(MatchDigestTest, NoToolCallsAreTheSameHoweverTheyAreWritten) {
  auto absent = match_digest(with_calls(R"("hi")", ""));
  EXPECT_EQ(match_digest(with_calls(R"("hi")", "null")), absent);
  EXPECT_EQ(match_digest(with_calls(R"("hi")", " [ ] ")), absent);
}

TEST(MatchDigestTest, OriginNameAndUnknownMembersDoNotCount) {
  auto plain = with_content(R"("hi")", role::assistant);
  auto other = plain;
  other.origin = origin::generated;
  other.extra = R"({"refusal":null})";
  other.name = "bob";
  EXPECT_EQ(match_digest(plain), match_digest(other));
}

TEST(MatchDigestTest, WhiteSpaceAroundATextDoesNotCount) {
  for (auto text : {R"("hi ")", R"(" hi")", R"("\n\thi\r\n")"})
    EXPECT_EQ(
        match_digest(with_content(R"("hi")")), match_digest(with_content(text)))
        << text;
  EXPECT_NE(
      match_digest(with_content(R"("h i")")),
      match_digest(with_content(R"("hi")")));
}

TEST(MatchDigestTest, AnythingThatIsSaidDifferentlyDiffers) {
  auto tool = with_content(R"("42")", role::tool);
  auto tool_of_one = tool;
  tool_of_one.tool_call_id = "call_1";
  auto tool_of_two = tool;
  tool_of_two.tool_call_id = "call_2";
  const message messages[] = {
      with_content(R"("hi")"),
      with_content(R"("Hi")"),
      with_content(R"("hi")", role::assistant),
      with_content(R"("hi")", role::system),
      with_content(R"("")"),
      with_content(R"("null")"),
      with_content(R"("\u0000")"),
      with_content("[]"),
      with_content(
          R"([{"type":"text","text":"h"},{"type":"text","text":"i"}])"),
      with_content(
          R"([{"type":"text","text":"i"},{"type":"text","text":"h"}])"),
      with_content(R"([{"type":"image","text":"hi"}])"),
      with_content(R"([{"type":"text"}])"),
      with_content("1"),
      with_content("[1]"),
      with_content("[1,2]"),
      with_content("[[1],2]"),
      with_content("[12]"),
      with_content(R"([{"a":1}])"),
      with_content(R"([{"a":"1"}])"),
      with_content(R"([{"a":1,"b":2}])"),
      with_content(R"([{"a":1},{"b":2}])"),
      with_calls(R"("hi")", R"([{"id":"call_1"}])"),
      with_calls(R"("hi")", R"([{"id":"call_2"}])"),
      with_calls("null", R"([{"id":"call_1"}])"),
      tool,
      tool_of_one,
      tool_of_two,
  };
  for (std::size_t i = 0; i < std::size(messages); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_NE(match_digest(messages[i]), match_digest(messages[j]))
          << messages[i].content << " and " << messages[j].content;
}

TEST(MatchDigestTest, TwoContentsThatCanNotBeReadAreNotTheSame) {
  // Such content gets in only past the checks at the edge; even so it is not
  // taken for a repetition of something else.
  std::string deep(300, '[');
  deep += std::string(300, ']');
  std::string deeper(301, '[');
  deeper += std::string(301, ']');
  EXPECT_NE(
      match_digest(with_content(deep)), match_digest(with_content(deeper)));
  EXPECT_NE(match_digest(with_content(deep)), match_digest(with_content("")));
  EXPECT_NE(
      match_digest(with_calls("null", deep)),
      match_digest(with_calls("null", deeper)));
}

TEST(MatchDigestTest, SurvivesAParserAndASerializer) {
  namespace json = boost::json;
  for (int round = 0; round < 2000; ++round) {
    random_source source{base_seed() + round};
    auto m = random_message(source);
    auto again = m;
    again.content = json::serialize(json::parse(m.content));
    if (!m.tool_calls.empty())
      again.tool_calls = json::serialize(json::parse(m.tool_calls));
    ASSERT_EQ(match_digest(m), match_digest(again)) << m.content;
  }
}

TEST(MessageNamesTest, RolesAreReadAsTheyAreWritten) {
  for (auto value : {role::system, role::user, role::assistant, role::tool})
    EXPECT_EQ(role_from(to_string(value)), value);
  for (std::string_view name :
       {"", "User", "developer", "function", "user ", "users"})
    EXPECT_FALSE(role_from(name)) << name;
}

} // namespace

} // namespace hansard::test
