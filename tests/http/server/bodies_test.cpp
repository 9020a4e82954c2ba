#include "tests/http/harness/server_fixture.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace hansard::test {
namespace {

/// What administration asks is done as it is meant, or not at all.
class BodiesTest : public ServerTest {
protected:
  BodiesTest() { actors.add_user("did:user:2", "key-of-the-second-0123456"); }

  raw_response send_if(
      std::string_view method, std::string_view path, std::string_view body,
      std::string_view header) {
    return ask(with(json_request(method, path, body, admin_key), header));
  }
  std::string made(std::string_view path, std::string_view body) {
    auto r = send_json("POST", path, body);
    EXPECT_EQ(r.status, 201u) << r.body;
    return std::string(path) + '/'
           + std::string(boost::json::parse(r.body).at("id").as_string());
  }
};

TEST_F(BodiesTest, AMisspeltMemberIsRefusedAndNothingIsRecorded) {
  struct row {
    const char* method;
    const char* path;
    const char* body;
    const char* says;
  };
  const row table[] = {
      {"POST", "/api/users", R"({"did":"did:x","rol":"member"})",
       R"(rol: is not known; did you mean \"role\"?)"},
      {"PATCH", "/api/users/did:user:2", R"({"Active":false})",
       R"(Active: is not known; did you mean \"active\"?)"},
      {"POST", "/api/users/did:user:2/keys", R"({"scope":["read"]})",
       R"(scope: is not known; did you mean \"scopes\"?)"},
      {"POST", "/api/users/did:user:2/grants",
       R"({"agentDid":"*","expires_at":"2999-01-01T00:00:00Z"})",
       R"(expires_at: is not known; did you mean \"expiresAt\"?)"},
      {"POST", "/api/groups/staff/grants",
       R"({"agentDid":"*","capability":["chat"]})",
       R"(capability: is not known; did you mean \"capabilities\"?)"},
      {"POST", "/api/tokens/revocations",
       R"({"userDID":"ann","issuedBefore":"2026-01-01T00:00:00Z"})",
       R"(userDID: is not known; did you mean \"userDid\"?)"},
      {"POST", "/api/guardrails",
       R"({"name":"x","detectors":["card"],"acton":"block"})",
       R"(acton: is not known; did you mean \"action\"?)"},
      {"POST", "/api/guardrails/test", R"({"text":"x","agent":"did:a"})",
       "agent: is not known"},
      {"POST", "/api/guardrails/test",
       R"({"text":"x","rules":[{"name":"x","acton":"block"}]})",
       "rules[0].acton: is not known"},
      {"POST", "/api/policies", R"({"scope":"global","maxTurnSecond":5})",
       R"(maxTurnSecond: is not known; did you mean \"maxTurnSeconds\"?)"},
      {"POST", "/api/policies",
       R"({"scope":"global","activeHours":{"form":"08:30"}})",
       R"(activeHours.form: is not known; did you mean \"from\"?)"},
      {"POST", "/api/credentials", R"({"name":"x","value":"v","valeu":"w"})",
       R"(valeu: is not known; did you mean \"value\"?)"},
  };
  for (const auto& at : table) {
    auto r = send_json(at.method, at.path, at.body);
    expect_problem(r, 400, "INVALID_REQUEST");
    EXPECT_NE(r.body.find(at.says), std::string::npos)
        << at.path << ": " << r.body;
  }
  EXPECT_TRUE(actors.recorded().empty());
}

TEST_F(BodiesTest, AMemberThatIsNeededIsMissed) {
  const std::pair<const char*, const char*> table[] = {
      {"/api/users", "did: is missing"},
      {"/api/users/did:user:2/grants", "agentDid: is missing"},
      {"/api/guardrails", "name: is missing"},
      {"/api/guardrails/test", "text: is missing"},
      {"/api/policies", "scope: is missing"},
      {"/api/credentials", "name: is missing"},
  };
  for (const auto& [path, says] : table) {
    auto r = send_json("POST", path, "{}");
    expect_problem(r, 400, "INVALID_REQUEST");
    EXPECT_NE(r.body.find(says), std::string::npos) << path << ": " << r.body;
  }
}

TEST_F(BodiesTest, AUserIsChangedByOneDecisionOrNotAtAll) {
  auto before = actors.times_decided();
  auto r = send_json(
      "PATCH", "/api/users/did:user:2",
      R"({"active":false,"role":"auditor","displayName":"Two"})");
  EXPECT_EQ(r.status, 200u) << r.body;
  EXPECT_EQ(actors.times_decided(), before + 1);
  EXPECT_EQ(
      actors.recorded(),
      (std::vector<std::string>{"user_deactivated", "user_changed"}));
  EXPECT_NE(
      r.body.find(R"("displayName":"Two","role":"auditor","active":false)"),
      std::string::npos)
      << r.body;
}

TEST_F(BodiesTest, TheLastAdminKeepsTheirNameWhereTheRestIsRefused) {
  expect_problem(
      send_json(
          "PATCH", "/api/users/did:user:admin",
          R"({"displayName":"Gone","active":false})"),
      403, "FORBIDDEN");
  EXPECT_TRUE(actors.recorded().empty());
}

TEST_F(BodiesTest, AChangeOfNothingHoldsItsPrecondition) {
  expect_problem(
      send_if("PATCH", "/api/users/did:user:2", "{}", "If-Match: \"0\""), 412,
      "PRECONDITION_FAILED");
  EXPECT_EQ(send_json("PATCH", "/api/users/did:user:2", "{}").status, 200u);
  EXPECT_TRUE(actors.recorded().empty());
}

TEST_F(BodiesTest, WhatIsNewMeetsNoTag) {
  for (auto [path, body] : std::vector<std::pair<const char*, const char*>>{
           {"/api/users/did:user:2/keys", "{}"},
           {"/api/users/did:user:2/grants", R"({"agentDid":"*"})"},
           {"/api/groups/staff/grants", R"({"agentDid":"*"})"},
           {"/api/tokens/revocations", R"({"userDid":"did:x"})"}}) {
    expect_problem(
        send_if("POST", path, body, "If-Match: *"), 412, "PRECONDITION_FAILED");
    expect_problem(
        send_if("POST", path, body, "If-Match: tag"), 400, "INVALID_REQUEST");
    EXPECT_TRUE(actors.recorded().empty()) << path;
  }
  auto r =
      send_if("POST", "/api/users/did:user:2/keys", "{}", "If-None-Match: *");
  EXPECT_EQ(r.status, 201u);
  EXPECT_TRUE(r.header("etag").starts_with("\"key_")) << r.header("etag");
}

TEST_F(BodiesTest, KeysAndGrantsAreRevokedAsTheTagSays) {
  for (auto [path, body] : std::vector<std::pair<const char*, const char*>>{
           {"/api/users/did:user:2/keys", "{}"},
           {"/api/users/did:user:2/grants", R"({"agentDid":"*"})"},
           {"/api/groups/staff/grants", R"({"agentDid":"*"})"}}) {
    auto one = made(path, body);
    auto events = actors.recorded().size();
    auto refused = send_if("DELETE", one, "", "If-Match: \"other\"");
    expect_problem(refused, 412, "PRECONDITION_FAILED");
    expect_problem(
        send_if("DELETE", one, "", "If-None-Match: *"), 412,
        "PRECONDITION_FAILED");
    EXPECT_EQ(actors.recorded().size(), events);
    auto tag = '"' + one.substr(one.rfind('/') + 1) + '"';
    EXPECT_EQ(send_if("DELETE", one, "", "If-Match: " + tag).status, 204u);
    auto again = made(path, body);
    EXPECT_EQ(send_if("DELETE", again, "", "If-Match: *").status, 204u);
  }
}

} // namespace
} // namespace hansard::test
