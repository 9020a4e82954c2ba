#include "http/routes/chat/chat_request.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hansard {
namespace {

std::string body_of(std::string_view messages, std::string_view more = "") {
  return R"({"agentDid":"did:a","messages":)" + std::string(messages)
         + std::string(more) + '}';
}

chat_request accepted(std::string_view body) {
  auto parsed = parse_chat_request(body);
  if (!parsed) {
    ADD_FAILURE() << parsed.error().message << "\n" << body;
    return {};
  }
  return *parsed;
}

message first_message(std::string_view json) {
  auto request = accepted(body_of('[' + std::string(json) + ']'));
  return request.messages.empty() ? message{} : request.messages[0];
}

struct refusal {
  std::string body;
  /// What the message begins with.
  std::string member;
};

void expect_refused(const refusal& r) {
  auto parsed = parse_chat_request(r.body);
  ASSERT_FALSE(parsed) << r.body;
  EXPECT_EQ(parsed.error().code, ec::invalid_request);
  EXPECT_EQ(parsed.error().message.rfind(r.member + ':', 0), 0u)
      << parsed.error().message << "\n"
      << r.body;
}

TEST(ChatRequestTest, TheDocumentedBodyIsRead) {
  auto request = accepted(R"({
    "agentDid": "did:vaultys:z6Mkf9x3TQ",
    "messages": [
      {"role": "system", "content": "Be brief."},
      {"role": "user", "content": "Summarise the key trends."}
    ],
    "sessionId": "sess_01HZ0000000000000000000000"
  })");
  EXPECT_EQ(request.agent, "did:vaultys:z6Mkf9x3TQ");
  ASSERT_TRUE(request.session);
  EXPECT_EQ(request.session->to_string(), "sess_01HZ0000000000000000000000");
  EXPECT_EQ(request.history, history_hint::infer);
  ASSERT_EQ(request.messages.size(), 2u);
  EXPECT_EQ(request.messages[0].role, role::system);
  EXPECT_EQ(request.messages[1].role, role::user);
  EXPECT_EQ(request.messages[1].content, R"("Summarise the key trends.")");
}

TEST(ChatRequestTest, ContentIsTheVeryBytesThatArrived) {
  auto blocks = R"([ {"type":"text", "text":"a\u00e9\/", "n": 1.50 ,"x":{}} ])";
  auto m = first_message(
      R"({"role":"user","content": )" + std::string(blocks) + " }");
  EXPECT_EQ(m.content, blocks);
  EXPECT_EQ(
      first_message(R"({"content" : "\u0041 \"q\"" ,"role":"user"})").content,
      R"("\u0041 \"q\"")");
}

TEST(ChatRequestTest, UnknownMembersOfAMessageAreKeptVerbatim) {
  auto m = first_message(
      R"({"id" : "m-1","role":"user","parts":[ 1, 2 ],"content":"x"})");
  EXPECT_EQ(m.extra, R"({"id":"m-1","parts":[ 1, 2 ]})");
  EXPECT_EQ(first_message(R"({"role":"user","content":"x"})").extra, "");
}

TEST(ChatRequestTest, UnknownMembersAtTheTopAreIgnored) {
  auto request = accepted(body_of(
      R"([{"role":"user","content":"x"}])",
      R"(,"temperature":1,"stream":true,"tools":[{"a":[]}])"));
  EXPECT_EQ(request.messages.size(), 1u);
}

TEST(ChatRequestTest, ToolMessagesAreRead) {
  auto m = first_message(R"({"role":"assistant","content":null,)"
                         R"("tool_calls":[{"id":"c1","type":"function"}]})");
  EXPECT_EQ(m.content, "null");
  EXPECT_EQ(m.tool_calls, R"([{"id":"c1","type":"function"}])");
  m = first_message(R"({"role":"assistant","tool_calls":[{"id":"c1"}]})");
  EXPECT_EQ(m.content, "null");
  m = first_message(
      R"({"role":"tool","content":"21","tool_call_id":"c1","name":"f\u0031"})");
  EXPECT_EQ(m.role, role::tool);
  EXPECT_EQ(m.tool_call_id, "c1");
  EXPECT_EQ(m.name, "f1");
}

TEST(ChatRequestTest, NullCountsAsAbsent) {
  auto request = accepted(body_of(
      R"([{"role":"user","content":"x","name":null,"tool_calls":null,)"
      R"("tool_call_id":null}])",
      R"(,"sessionId":null,"history":null)"));
  EXPECT_FALSE(request.session);
  EXPECT_EQ(request.messages[0].tool_calls, "");
}

TEST(ChatRequestTest, TheHistoryHintIsRead) {
  auto one = R"([{"role":"user","content":"x"}])";
  EXPECT_EQ(
      accepted(body_of(one, R"(,"history":"delta")")).history,
      history_hint::delta);
  EXPECT_EQ(
      accepted(body_of(one, R"(,"history":"full")")).history,
      history_hint::full);
}

TEST(ChatRequestTest, WhatIsWrongIsNamedByItsMember) {
  const std::string user = R"({"role":"user","content":"x"})";
  const refusal cases[] = {
      {"", "the body"},
      {"[]", "the body"},
      {"{}", "agentDid"},
      {body_of("[" + user + "]") + "x", "the body"},
      {R"({"agentDid":"a","messages":[]})", "messages"},
      {R"({"agentDid":7,"messages":[)" + user + "]}", "agentDid"},
      {R"({"agentDid":null,"messages":[)" + user + "]}", "agentDid"},
      {R"({"agentDid":"","messages":[)" + user + "]}", "agentDid"},
      {R"({"agentDid":"a\nb","messages":[)" + user + "]}", "agentDid"},
      {R"({"agentDid":")" + std::string(257, 'a') + R"(","messages":[)" + user
           + "]}",
       "agentDid"},
      {R"({"agentDid":"a"})", "messages"},
      {body_of("null"), "messages"},
      {body_of("{}"), "messages"},
      {body_of("[]"), "messages"},
      {body_of("[7]"), "messages[0]"},
      {body_of("[" + user + ",[]]"), "messages[1]"},
      {body_of(R"([{"content":"x"}])"), "messages[0].role"},
      {body_of(R"([{"role":1,"content":"x"}])"), "messages[0].role"},
      {body_of("[" + user + R"(,{"role":"boss","content":"x"}])"),
       "messages[1].role"},
      {body_of(R"([{"role":"User","content":"x"}])"), "messages[0].role"},
      {body_of(R"([{"role":"user"}])"), "messages[0].content"},
      {body_of(R"([{"role":"user","content":null}])"), "messages[0].content"},
      {body_of(R"([{"role":"assistant","content":null}])"),
       "messages[0].content"},
      {body_of(R"([{"role":"user","content":5}])"), "messages[0].content"},
      {body_of(R"([{"role":"user","content":{}}])"), "messages[0].content"},
      {body_of(R"([{"role":"user","content":["x"]}])"),
       "messages[0].content[0]"},
      {body_of(R"([{"role":"user","content":[{"type":"text"},{}]}])"),
       "messages[0].content[1].type"},
      {body_of(R"([{"role":"user","content":[{"type":1}]}])"),
       "messages[0].content[0].type"},
      {body_of(R"([{"role":"user","content":"x","name":1}])"),
       "messages[0].name"},
      {body_of(R"([{"role":"tool","content":"x","tool_call_id":[]}])"),
       "messages[0].tool_call_id"},
      {body_of(R"([{"role":"assistant","content":"x","tool_calls":{}}])"),
       "messages[0].tool_calls"},
      {body_of(R"([{"role":"assistant","content":"x","tool_calls":[1]}])"),
       "messages[0].tool_calls[0]"},
      {body_of(R"([{"role":"user","content":"x","tool_calls":[{}]}])"),
       "messages[0].tool_calls"},
      {body_of("[" + user + "]", R"(,"sessionId":5)"), "sessionId"},
      {body_of("[" + user + "]", R"(,"sessionId":"sess_1")"), "sessionId"},
      {body_of("[" + user + "]", R"(,"history":"all")"), "history"},
      {body_of(R"([{"role":"user","content":"x","content":"y"}])"),
       "messages[0].content"},
      {body_of("[" + user + "]", R"(,"agentDid":"b")"), "agentDid"},
  };
  for (const auto& one : cases)
    expect_refused(one);
}

TEST(ChatRequestTest, TooManyMessagesAreRefused) {
  std::string messages = "[";
  for (std::size_t i = 0; i < max_request_messages; ++i)
    messages += R"({"role":"user","content":"x"},)";
  auto full = messages;
  full.back() = ']';
  EXPECT_EQ(accepted(body_of(full)).messages.size(), max_request_messages);
  messages += R"({"role":"user","content":"x"}])";
  expect_refused({body_of(messages), "messages"});
}

TEST(ChatRequestTest, AnyPrefixOfABodyIsRefusedWithoutHarm) {
  auto body = body_of(
      R"([{"role":"user","content":[{"type":"text","text":"a\u00e9😀"}],)"
      R"("x":[1,-2.5e3,true,null]}])",
      R"(,"sessionId":"sess_01HZ0000000000000000000000")");
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_FALSE(parse_chat_request(body.substr(0, size))) << size;
  EXPECT_TRUE(parse_chat_request(body));
}

TEST(ChatRequestTest, OnBusySaysWhatAMessageDoesThatMeetsARunningTurn) {
  auto busy = [](std::string_view word) {
    return accepted(body_of(
                        R"([{"role":"user","content":"x"}])",
                        R"(,"onBusy":)" + std::string(word)))
        .on_busy;
  };
  EXPECT_EQ(busy("\"queue\""), busy_policy::queue);
  EXPECT_EQ(busy("\"interrupt\""), busy_policy::interrupt);
  EXPECT_EQ(busy("\"refuse\""), busy_policy::refuse);
  EXPECT_EQ(busy("null"), busy_policy::refuse);
  for (std::string_view wrong : {"\"wait\"", "true", "{}", "\"\""})
    expect_refused(
        {body_of(
             R"([{"role":"user","content":"x"}])",
             R"(,"onBusy":)" + std::string(wrong)),
         "onBusy"});
}

TEST(ChatRequestTest, ReplaceFromIsAnIndexOrATurn) {
  std::string session = R"(,"sessionId":"sess_01HZ0000000000000000000000")";
  auto from = [&](const std::string& value) {
    return accepted(body_of(
                        R"([{"role":"user","content":"x"}])",
                        session + R"(,"replaceFrom":)" + value))
        .replace_from;
  };
  EXPECT_EQ(from("0"), replace_point{std::uint32_t{0}});
  EXPECT_EQ(from("17"), replace_point{std::uint32_t{17}});
  EXPECT_EQ(
      from("\"turn_01HZ0000000000000000000000\""),
      replace_point{*turn_id::parse("turn_01HZ0000000000000000000000")});
  EXPECT_EQ(from("null"), std::nullopt);
  for (std::string wrong :
       {"-1", "1.0", "1e1", "\"1\"", "\"turn_\"", "true", "[0]", "4294967296",
        "\"sess_01HZ0000000000000000000000\""})
    expect_refused(
        {body_of(
             R"([{"role":"user","content":"x"}])",
             session + R"(,"replaceFrom":)" + wrong),
         "replaceFrom"});
}

TEST(ChatRequestTest, ReplaceFromNeedsASessionAndNoWholeHistory) {
  std::string says = R"([{"role":"user","content":"x"}])";
  expect_refused({body_of(says, R"(,"replaceFrom":0)"), "replaceFrom"});
  expect_refused(
      {body_of(
           says, R"(,"sessionId":"sess_01HZ0000000000000000000000",)"
                 R"("replaceFrom":0,"history":"full")"),
       "replaceFrom"});
}

TEST(ChatRequestTest, OnlyReplaceFromNeedsNoMessages) {
  std::string again = R"({"agentDid":"a",)"
                      R"("sessionId":"sess_01HZ0000000000000000000000",)"
                      R"("replaceFrom":"turn_01HZ0000000000000000000000"})";
  EXPECT_TRUE(accepted(again).messages.empty());
  expect_refused(
      {R"({"agentDid":"a","sessionId":"sess_01HZ0000000000000000000000"})",
       "messages"});
}

} // namespace
} // namespace hansard
