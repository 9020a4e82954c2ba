#include "tests/http/harness/real_server.hpp"

namespace hansard::test {
namespace {

/// Limits as clients meet them, on real sockets.
class LimitsTest : public ::testing::Test {
protected:
  LimitsTest() {
    server_.start();
    server_.add_agent("did:agent:1", "demo");
    server_.add_user("did:user:1", std::string(key));
    server_.grant("did:user:1");
  }

  raw_response chat() {
    return server_.ask(json_request(
        "POST", "/api/chat",
        R"({"agentDid":"did:agent:1","messages":[{"role":"user",)"
        R"("content":"Hi"}]})",
        key));
  }
  raw_response admin(
      std::string_view method, std::string_view path,
      std::string_view body = "{}") {
    auto key = real_server::admin_key;
    return server_.ask(
        method == "GET" ? get_request(path, key)
                        : json_request(method, path, body, key));
  }

  static constexpr std::string_view key = "member-key-0123456789abcd";
  real_server server_;
};

TEST_F(LimitsTest, WithoutPoliciesThereAreNoSuchHeaders) {
  auto answer = chat();
  EXPECT_EQ(answer.status, 200u);
  for (const auto& [name, value] : answer.headers)
    EXPECT_FALSE(name.starts_with("x-ratelimit")) << name;
}

TEST_F(LimitsTest, AnswersTellHowTheLimitsStandAndRefusalsWhenToComeBack) {
  ASSERT_EQ(
      admin(
          "POST", "/api/policies",
          R"({"scope":"global","maxRequestsPerMinute":2,)"
          R"("maxOutputTokens":100,"maxTokensPerDay":100000})")
          .status,
      201u);
  auto first = chat();
  EXPECT_EQ(first.status, 200u);
  EXPECT_EQ(first.header("x-ratelimit-limit-requests"), "2");
  EXPECT_EQ(first.header("x-ratelimit-remaining-requests"), "1");
  EXPECT_EQ(first.header("x-ratelimit-limit-tokens"), "100000");
  EXPECT_FALSE(first.header("x-ratelimit-reset-tokens").empty());
  EXPECT_EQ(chat().status, 200u);
  auto third = chat();
  EXPECT_EQ(third.status, 429u);
  EXPECT_EQ(third.header("x-ratelimit-remaining-requests"), "0");
  auto seconds = std::stoi(third.header("retry-after"));
  EXPECT_GE(seconds, 30);
  EXPECT_LE(seconds, 61);
  auto ms = std::stoi(third.header("retry-after-ms"));
  EXPECT_EQ((ms + 999) / 1000, seconds);
  EXPECT_NE(third.body.find(R"("code":"RATE_LIMITED")"), std::string::npos);
  EXPECT_NE(
      third.body.find(R"("rule":"maxRequestsPerMinute")"), std::string::npos);
  EXPECT_EQ(third.body.find("x-ratelimit"), std::string::npos);
}

TEST_F(LimitsTest, PoliciesAreSetShownAsOfAnyTimeAndRemoved) {
  auto set = admin(
      "POST", "/api/policies",
      R"({"scope":"user","subject":"did:user:1","maxTurnSeconds":5})");
  ASSERT_EQ(set.status, 201u) << set.body;
  auto id_at = set.body.find("policy_");
  auto id = set.body.substr(id_at, 33);
  auto again = admin(
      "POST", "/api/policies",
      R"({"scope":"user","subject":"did:user:1","maxTurnSeconds":6})");
  EXPECT_EQ(again.status, 200u);
  EXPECT_NE(again.body.find(id), std::string::npos);
  EXPECT_NE(again.body.find(R"("version":2)"), std::string::npos);
  auto now = admin("GET", "/api/policies");
  EXPECT_NE(now.body.find(R"("maxTurnSeconds":6)"), std::string::npos);
  auto then = admin("GET", "/api/policies?at=2001-01-01T00:00:00Z");
  EXPECT_EQ(then.status, 200u);
  EXPECT_NE(then.body.find(R"("policies":[])"), std::string::npos);
  EXPECT_EQ(admin("GET", "/api/policies?at=yesterday").status, 400u);
  EXPECT_EQ(admin("DELETE", "/api/policies/" + id).status, 204u);
  EXPECT_EQ(admin("DELETE", "/api/policies/" + id).status, 404u);
  EXPECT_EQ(admin("DELETE", "/api/policies/nonsense").status, 404u);
}

TEST_F(LimitsTest, DeletedSessionsAreListedForThoseWhoSeeAll) {
  auto answer = chat();
  auto id = answer.header("x-session-id");
  auto path = "/api/chat/sessions/" + id;
  EXPECT_EQ(server_.ask(json_request("DELETE", path, "{}", key)).status, 204u);
  EXPECT_EQ(server_.ask(get_request(path, key)).status, 404u);
  EXPECT_EQ(
      server_.ask(get_request("/api/chat/sessions", key)).body.find(id),
      std::string::npos);
  EXPECT_EQ(
      server_.ask(get_request("/api/chat/sessions?deleted=true", key)).status,
      403u);
  EXPECT_EQ(
      admin("GET", "/api/chat/sessions").body.find(id), std::string::npos);
  EXPECT_NE(
      admin("GET", "/api/chat/sessions?deleted=true").body.find(id),
      std::string::npos);
  EXPECT_NE(
      admin("GET", path).body.find(R"("deleted":true)"), std::string::npos);
}

} // namespace
} // namespace hansard::test
