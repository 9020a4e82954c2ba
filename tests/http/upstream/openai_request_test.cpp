#include "http/upstream/openai/openai_request.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace hansard {
namespace {

namespace json = boost::json;

struct OpenaiRequestTest : testing::Test {
  std::string wire() {
    upstream_request request;
    request.agent = std::make_shared<agent_spec>(agent);
    request.model = "m";
    request.messages = messages;
    request.trace = trace;
    return make_openai_request(
               request, *chat_completions_target("http://h:1/v1"), secret)
        .value();
  }
  std::string head() {
    const auto bytes = wire();
    return bytes.substr(0, bytes.find("\r\n\r\n") + 2);
  }
  json::object body() {
    const auto bytes = wire();
    return json::parse(bytes.substr(bytes.find("\r\n\r\n") + 4)).as_object();
  }
  bool has_line(const std::string& line) {
    return head().find("\r\n" + line + "\r\n") != std::string::npos;
  }

  agent_spec agent;
  std::vector<message> messages;
  std::string secret;
  std::optional<trace_context> trace;
};

TEST_F(OpenaiRequestTest, AsksForAStreamWithUsage) {
  EXPECT_EQ(body(), json::parse(R"({"model":"m","messages":[],"stream":true,
                            "stream_options":{"include_usage":true}})"));
  EXPECT_TRUE(head().starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
  EXPECT_TRUE(has_line("Host: h:1"));
}

TEST_F(OpenaiRequestTest, TheTraceGoesWithIt) {
  EXPECT_EQ(head().find("traceparent"), std::string::npos);
  trace = trace_context{{1, 2}, {3}, true};
  EXPECT_TRUE(has_line(
      "traceparent: 00-01020000000000000000000000000000-0300000000000000-01"));
  agent.headers = {{"TraceParent", "mine"}};
  EXPECT_TRUE(has_line("TraceParent: mine"));
  EXPECT_EQ(head().find("\r\ntraceparent"), std::string::npos);
}

TEST_F(OpenaiRequestTest, MessagesGoOutAsTheyWereRecorded) {
  agent.system_prompt = "Be \"brief\".";
  message asked;
  asked.content = R"([{"type":"text","text":"hi \u00e9"}])";
  asked.name = "ann";
  asked.extra = R"({"secret":1})";
  message called;
  called.role = role::assistant;
  called.content = "null";
  called.tool_calls = R"([{"id":"c1"}])";
  message answered;
  answered.role = role::tool;
  answered.content = R"("21 C")";
  answered.tool_call_id = "c1";
  messages = {asked, called, answered};
  EXPECT_EQ(body().at("messages"), json::parse(R"([
    {"role":"system","content":"Be \"brief\"."},
    {"role":"user","content":[{"type":"text","text":"hi é"}],"name":"ann"},
    {"role":"assistant","content":null,"tool_calls":[{"id":"c1"}]},
    {"role":"tool","content":"21 C","tool_call_id":"c1"}])"));
  // The very bytes, escapes included.
  EXPECT_NE(wire().find(asked.content), std::string::npos);
  EXPECT_EQ(wire().find("secret"), std::string::npos);
}

TEST_F(OpenaiRequestTest, ParametersReplaceAllButTheFixedMembers) {
  agent.parameters = R"({"temperature":0.5,"max_tokens":7,"model":"evil",
    "stream":false,"messages":[],"stream_options":null})";
  const auto got = body();
  EXPECT_EQ(got.at("temperature"), json::value(0.5));
  EXPECT_EQ(got.at("max_tokens"), json::value(7));
  EXPECT_EQ(got.at("model"), json::value("m"));
  EXPECT_EQ(got.at("stream"), json::value(true));
  EXPECT_FALSE(got.contains("stream_options"));
}

TEST_F(OpenaiRequestTest, ParametersThatAreNoObjectAreRefused) {
  upstream_request request;
  agent.parameters = "[1]";
  request.agent = std::make_shared<agent_spec>(agent);
  EXPECT_FALSE(
      make_openai_request(request, *chat_completions_target("http://h"), ""));
}

TEST_F(OpenaiRequestTest, TheKeyIsABearerUnlessTheAgentSaysOtherwise) {
  secret = "sk-1";
  EXPECT_TRUE(has_line("Authorization: Bearer sk-1"));
  agent.headers = {{"authorization", "Basic eA=="}};
  EXPECT_TRUE(has_line("authorization: Basic eA=="));
  EXPECT_FALSE(has_line("Authorization: Bearer sk-1"));
}

TEST_F(OpenaiRequestTest, AgentHeadersCanNotBreakTheMessage) {
  agent.headers = {
      {"X-Team", "blue"},
      {"X-Bad", "a\r\nX-Evil: 1"},
      {"X Bad", "a"},
      {"content-length", "0"},
      {"Transfer-Encoding", "chunked"},
      {"host", "elsewhere"}};
  EXPECT_TRUE(has_line("X-Team: blue"));
  for (auto word : {"Evil", "X Bad", "content-length", "Transfer", "elsewhere"})
    EXPECT_EQ(head().find(word), std::string::npos) << word;
}

TEST_F(OpenaiRequestTest, AMissingKeyIsNamedByItsVariable) {
  agent.api_key_env = "HANSARD_TEST_NO_SUCH_KEY";
  const auto key = read_api_key(agent);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, ec::upstream_failed);
  EXPECT_NE(
      key.error().message.find("HANSARD_TEST_NO_SUCH_KEY"), std::string::npos);
}

TEST_F(OpenaiRequestTest, AKeyThatIsUnfitForAHeaderIsNotShown) {
  agent.api_key_env = "HANSARD_TEST_BAD_KEY";
  setenv("HANSARD_TEST_BAD_KEY", "sk-a\nb", 1);
  const auto bad = read_api_key(agent);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message.find("sk-a"), std::string::npos);
  setenv("HANSARD_TEST_BAD_KEY", "sk-good\n", 1);
  EXPECT_EQ(read_api_key(agent).value(), "sk-good");
  unsetenv("HANSARD_TEST_BAD_KEY");
}

} // namespace
} // namespace hansard
