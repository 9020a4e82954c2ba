#include "events/session/valid_prompt.hpp"
#include "tests/events/codec/random_events.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace hansard::test {
namespace {

namespace json = boost::json;
using messages = std::vector<message>;

message user(std::string content) {
  message m;
  m.role = role::user;
  m.content = std::move(content);
  return m;
}
message assistant(std::string content, std::string calls = {}) {
  message m;
  m.role = role::assistant;
  m.content = std::move(content);
  m.tool_calls = std::move(calls);
  return m;
}
message tool(std::string id, std::string content = "\"r\"") {
  message m;
  m.role = role::tool;
  m.content = std::move(content);
  m.tool_call_id = std::move(id);
  return m;
}
std::string call(std::string_view id, std::string_view arguments) {
  json::array calls{json::object{
      {"id", id},
      {"type", "function"},
      {"function", json::object{{"name", "f"}, {"arguments", arguments}}}}};
  return json::serialize(calls);
}

/// What servers that check a conversation refuse; empty: nothing.
std::string complaint(const messages& conversation) {
  std::vector<std::string> waiting;
  const message* before = nullptr;
  for (const auto& m : conversation) {
    if (m.role == role::tool) {
      auto called = std::find(waiting.begin(), waiting.end(), m.tool_call_id);
      if (called == waiting.end())
        return "an answer of a tool that nobody called";
      waiting.erase(called);
      before = &m;
      continue;
    }
    if (!waiting.empty())
      return "a tool call that nobody answered";
    if (m.role == role::assistant && m.tool_calls.empty()
        && (m.content.empty() || m.content == "null" || m.content == "\"\""
            || m.content == "[]"))
      return "an assistant message that holds nothing";
    if (before && before->role == role::user && m.role == role::user
        && before->name == m.name)
      return "two user messages in a row";
    auto calls = m.tool_calls.empty() ? json::array()
                                      : json::parse(m.tool_calls).as_array();
    for (const auto& one : calls) {
      json::error_code ec;
      json::parse(one.at("function").at("arguments").as_string(), ec);
      if (ec)
        return "arguments that are not JSON";
      waiting.emplace_back(one.at("id").as_string());
    }
    before = &m;
  }
  return waiting.empty() ? "" : "a tool call that nobody answered";
}

TEST(ValidPromptTest, AnAnswerThatHoldsNothingIsLeftOutAndItsQuestionJoined) {
  for (std::string nothing : {"", "null", "\"\"", "[]", "\" \\n\""}) {
    auto valid =
        valid_prompt({user("\"one\""), assistant(nothing), user("\"two\"")});
    ASSERT_EQ(valid.size(), 1u) << nothing;
    EXPECT_EQ(valid[0].content, R"("one\n\ntwo")");
  }
}

TEST(ValidPromptTest, BlocksAndTextAreJoinedAsBlocks) {
  auto valid = valid_prompt(
      {user(R"([{"type":"image_url","image_url":{"url":"x"}}])"),
       user("\"what is it?\"")});
  ASSERT_EQ(valid.size(), 1u);
  EXPECT_EQ(
      json::parse(valid[0].content),
      json::parse(R"([{"type":"image_url","image_url":{"url":"x"}},
                      {"type":"text","text":"what is it?"}])"));
}

TEST(ValidPromptTest, ACallThatNobodyAnsweredIsAnsweredAsNotExecuted) {
  auto valid = valid_prompt(
      {user("\"a\""), assistant("null", call("c1", "{}")), user("\"b\"")});
  ASSERT_EQ(valid.size(), 4u);
  EXPECT_EQ(valid[2].role, role::tool);
  EXPECT_EQ(valid[2].tool_call_id, "c1");
  EXPECT_NE(valid[2].content.find("not executed"), std::string::npos);
}

TEST(ValidPromptTest, ArgumentsThatAreCutLeaveNoCall) {
  auto valid = valid_prompt(
      {user("\"a\""), assistant("\"x\"", call("c1", R"({"a": "b)")),
       tool("c1", "\"late\""), user("\"b\"")});
  ASSERT_EQ(valid.size(), 3u);
  EXPECT_EQ(valid[1].tool_calls, "");
  EXPECT_EQ(valid[2].content, R"("late\n\nb")");
}

TEST(ValidPromptTest, NoArgumentsAreAnEmptyObject) {
  auto valid = valid_prompt(
      {user("\"a\""), assistant("null", call("c1", "")), tool("c1")});
  EXPECT_NE(valid[1].tool_calls.find(R"("arguments":"{}")"), std::string::npos);
}

TEST(ValidPromptTest, AValidConversationStaysByteForByte) {
  messages valid{
      user("\"a\""),
      assistant(
          "null",
          R"([ {"id":"c1","function":{"name":"f","arguments":"{}"}} ])"),
      tool("c1"), assistant("\"b\""),
      user("[ {\"type\":\"text\",\"text\":\"c\"} ]")};
  EXPECT_EQ(valid_prompt(valid), valid);
}

TEST(ValidPromptTest, WhateverTheRecordHoldsThePromptIsValidAndStaysSo) {
  const std::string contents[] = {
      "", "null", "\"\"", "[]", "\"x\"", R"([{"type":"text","text":"y"}])"};
  const std::string calls[] = {
      "",
      "",
      "",
      "[]",
      "{",
      "null",
      call("1", "{}"),
      call("2", "{\"a"),
      call("1", ""),
      R"([{"id":"1"},{"id":"2","function":{"arguments":7}}])"};
  for (int round = 0; round < 20'000; ++round) {
    random_source source{base_seed() + round};
    messages record;
    for (auto left = source.below(10); left > 0; --left) {
      message m;
      m.role = static_cast<role>(source.below(4));
      m.content = contents[source.below(std::size(contents))];
      if (m.role == role::assistant)
        m.tool_calls = calls[source.below(std::size(calls))];
      if (m.role == role::tool)
        m.tool_call_id = source.one_in(2) ? "1" : "2";
      record.push_back(m);
    }
    auto valid = valid_prompt(record);
    // Calls without function or with odd ones are the validator's to pass.
    bool odd = std::any_of(valid.begin(), valid.end(), [](const message& m) {
      return m.tool_calls.find(":7") != std::string::npos
             || m.tool_calls.find(R"({"id":"1"})") != std::string::npos;
    });
    if (!odd) {
      ASSERT_EQ(complaint(valid), "") << "round " << round;
    }
    ASSERT_EQ(valid_prompt(valid), valid) << "round " << round;
  }
}

} // namespace
} // namespace hansard::test
