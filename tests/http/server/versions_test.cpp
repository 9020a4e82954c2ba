#include "tests/http/harness/real_server.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace hansard::test {
namespace {

/// Versions as clients meet them: over sockets, with the real actors behind.
class VersionsTest : public ::testing::Test {
protected:
  VersionsTest() { server_.start(); }

  raw_response send(
      std::string_view method, std::string_view path, std::string_view body,
      std::string_view header = "") {
    auto key = real_server::admin_key;
    auto request = method == "GET" ? get_request(path, key)
                                   : json_request(method, path, body, key);
    return server_.ask(header.empty() ? request : with(request, header));
  }
  std::string tag_at(const std::string& path) {
    auto answer = send("GET", path, "");
    EXPECT_EQ(answer.status, 200u) << answer.body;
    return answer.header("etag");
  }
  static std::string code_of(const raw_response& r) {
    auto body = boost::json::parse(r.body).as_object();
    return std::string(body.at("code").as_string());
  }
  std::string make_policy() {
    auto set = send(
        "POST", "/api/policies", R"({"scope":"global","maxTurnSeconds":5})");
    return std::string(
        boost::json::parse(set.body).as_object().at("id").as_string());
  }
  std::string make_session() {
    server_.add_agent("did:quick", "demo");
    auto began = send(
        "POST", "/api/chat",
        R"({"agentDid":"did:quick","messages":)"
        R"([{"role":"user","content":"Hi"}]})");
    EXPECT_EQ(began.status, 200u);
    return began.header("x-session-id");
  }

  struct thing {
    std::string path;
    /// How it is changed: POST to the list, or PATCH.
    std::string method;
    std::string at;
    std::string change;
    std::string other_change;
  };
  std::vector<thing> things() {
    server_.add_agent("did:a", "demo");
    server_.add_user("did:u", "key-of-somebody-0000000001");
    auto policy = make_policy();
    send(
        "POST", "/api/guardrails",
        R"({"name":"mail","detectors":["email"],"action":"flag"})");
    auto session = "/api/chat/sessions/" + make_session();
    return {
        {"/api/agents/did:a", "PATCH", "/api/agents/did:a", R"({"name":"A"})",
         R"({"name":"B"})"},
        {"/api/users/did:u", "PATCH", "/api/users/did:u",
         R"({"displayName":"A"})", R"({"displayName":"B"})"},
        {"/api/policies/" + policy, "POST", "/api/policies",
         R"({"scope":"global","maxTurnSeconds":6})",
         R"({"scope":"global","maxTurnSeconds":7})"},
        {"/api/guardrails/mail", "POST", "/api/guardrails",
         R"({"name":"mail","detectors":["email"],"action":"mask"})",
         R"({"name":"mail","detectors":["email"],"action":"block"})"},
        {session, "PATCH", session, R"({"title":"A"})", R"({"title":"B"})"}};
  }

  real_server server_;
};

TEST_F(VersionsTest, AChangeMakesAnotherTagAndTheOldOneIsRefused) {
  for (const auto& one : things()) {
    SCOPED_TRACE(one.path);
    auto first = tag_at(one.path);
    ASSERT_GE(first.size(), 3u);
    EXPECT_EQ(tag_at(one.path), first);
    auto changed = send(one.method, one.at, one.change, "If-Match: " + first);
    ASSERT_EQ(changed.status, 200u) << changed.body;
    auto second = changed.header("etag");
    EXPECT_NE(second, first);
    EXPECT_EQ(tag_at(one.path), second);
    auto refused =
        send(one.method, one.at, one.other_change, "If-Match: " + first);
    EXPECT_EQ(refused.status, 412u) << refused.body;
    EXPECT_EQ(code_of(refused), "PRECONDITION_FAILED");
    EXPECT_EQ(tag_at(one.path), second);
    EXPECT_EQ(send("DELETE", one.path, "", "If-Match: " + first).status, 412u);
    EXPECT_EQ(
        send("DELETE", one.path, "", "If-Match: W/" + second).status, 412u)
        << "a weak tag is no match";
    EXPECT_EQ(
        send("DELETE", one.path, "", "If-Match: \"x\", " + second).status,
        204u);
  }
}

TEST_F(VersionsTest, WhoKnowsAVersionGetsNoBody) {
  for (const auto& one : things()) {
    if (one.path.starts_with("/api/chat"))
      continue;
    SCOPED_TRACE(one.path);
    auto tag = tag_at(one.path);
    auto same = send("GET", one.path, "", "If-None-Match: W/" + tag);
    EXPECT_EQ(same.status, 304u);
    EXPECT_EQ(same.header("etag"), tag);
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(send("GET", one.path, "", "If-None-Match: \"x\"").status, 200u);
    EXPECT_EQ(send("GET", one.path, "", "If-Match: \"x\"").status, 412u);
    EXPECT_EQ(send("GET", one.path, "", "If-Match: x").status, 400u);
  }
}

TEST_F(VersionsTest, ASessionIsSentWhateverTheClientKnows) {
  auto path = "/api/chat/sessions/" + make_session();
  auto tag = tag_at(path);
  EXPECT_EQ(send("GET", path, "", "If-None-Match: " + tag).status, 200u);
}

TEST_F(VersionsTest, WhatIsThereIsNotMadeAnew) {
  things();
  auto none = "If-None-Match: *";
  EXPECT_EQ(
      send("POST", "/api/users", R"({"did":"did:u"})", none).status, 412u);
  EXPECT_EQ(
      send("POST", "/api/users", R"({"did":"did:new"})", none).status, 201u);
  auto agent = R"({"did":"did:a","provider":"demo","model":"demo"})";
  EXPECT_EQ(send("POST", "/api/agents", agent, none).status, 412u);
  auto policy = R"({"scope":"global","maxTurnSeconds":9})";
  EXPECT_EQ(send("POST", "/api/policies", policy, none).status, 412u);
  auto rule = R"({"name":"mail","detectors":["iban"],"action":"flag"})";
  EXPECT_EQ(send("POST", "/api/guardrails", rule, none).status, 412u);
  rule = R"({"name":"bank","detectors":["iban"],"action":"flag"})";
  EXPECT_EQ(send("POST", "/api/guardrails", rule, none).status, 201u);
}

TEST_F(VersionsTest, AStarMatchesWhatIsThere) {
  server_.add_user("did:u", "key-of-somebody-0000000001");
  auto change = R"({"displayName":"X"})";
  EXPECT_EQ(
      send("PATCH", "/api/users/did:u", change, "If-Match: *").status, 200u);
  EXPECT_EQ(
      send("PATCH", "/api/users/did:v", change, "If-Match: *").status, 404u);
  auto policy = R"({"scope":"global","maxTurnSeconds":9})";
  EXPECT_EQ(send("POST", "/api/policies", policy, "If-Match: *").status, 412u);
}

TEST_F(VersionsTest, OfManyWhoChangeOneVersionOneDoes) {
  for (const auto& one : things()) {
    SCOPED_TRACE(one.path);
    auto header = "If-Match: " + tag_at(one.path);
    std::atomic<int> changed{0};
    std::atomic<int> refused{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i)
      clients.emplace_back([&, i] {
        auto answer = send(
            one.method, one.at, i % 2 ? one.change : one.other_change, header);
        ++(answer.status == 200 ? changed : refused);
        if (answer.status != 200) {
          EXPECT_EQ(answer.status, 412u) << answer.body;
        }
      });
    for (auto& client : clients)
      client.join();
    EXPECT_EQ(changed, 1);
    EXPECT_EQ(refused, 7);
  }
}

} // namespace
} // namespace hansard::test
