#include "http/routes/admin/agent_json.hpp"
#include "tests/http/harness/server_fixture.hpp"

namespace hansard::test {
namespace {

class AdminRoutesTest : public ServerTest {
protected:
  static std::string agent_body() {
    return R"({"did":"did:a:1","name":"Ann","provider":"openai-compatible",)"
           R"("baseUrl":"http://127.0.0.1:1/v1","model":"m",)"
           R"("fallbackModels":["n"],"apiKeyEnv":"KEY",)"
           R"("systemPrompt":"Be brief.","headers":{"X-Secret":"s3cret"},)"
           R"("parameters":{"temperature":0.50},"history":"strict",)"
           R"("onDisconnect":"cancel","disconnectGraceMs":1,)"
           R"("partialAnswers":"hide",)"
           R"("connectTimeoutMs":2,"firstTokenTimeoutMs":3,)"
           R"("idleTimeoutMs":4,"maxAttempts":5,"maxTurnMs":6,)"
           R"("maxOutputTokens":7,"unknown":[]})";
  }
};

TEST_F(AdminRoutesTest, MembersAreForbidden) {
  const std::pair<std::string, std::string> cases[] = {
      {"POST", "/api/agents"},
      {"PATCH", "/api/agents/a"},
      {"DELETE", "/api/agents/a"},
      {"POST", "/api/users"},
      {"GET", "/api/users"},
      {"POST", "/api/users/u/keys"},
      {"POST", "/api/users/u/grants"},
      {"GET", "/api/users/u/grants"},
      {"DELETE", "/api/users/u/grants/g"}};
  for (const auto& [method, path] : cases)
    expect_problem(send_json(method, path, "", member_key), 403, "FORBIDDEN");
  EXPECT_TRUE(actors.recorded().empty());
}

TEST_F(AdminRoutesTest, AnAgentCanNotCarryHansardsOwnSecretsAway) {
  send_json("POST", "/api/agents", agent_body());
  for (std::string name :
       {"HANSARD_ADMIN_KEY", "HANSARD_CREDENTIALS_KEY", "NEXTAUTH_SECRET",
        "AUTH_SECRET"}) {
    auto body = agent_body();
    body.replace(body.find("\"KEY\""), 5, '"' + name + '"');
    body.replace(body.find("did:a:1"), 7, "did:a:2");
    expect_problem(
        send_json("POST", "/api/agents", body), 400, "INVALID_REQUEST");
    auto change = R"({"apiKeyEnv":")" + name + R"("})";
    expect_problem(
        send_json("PATCH", "/api/agents/did:a:1", change), 400,
        "INVALID_REQUEST");
  }
  EXPECT_EQ(actors.last_agent()->api_key_env, "KEY");
}

TEST_F(AdminRoutesTest, AnAgentIsRegisteredWithAllItsMembers) {
  auto r = send_json("POST", "/api/agents", agent_body());
  ASSERT_EQ(r.status, 201u) << r.body;
  auto spec = actors.last_agent().value();
  EXPECT_EQ(spec.did, "did:a:1");
  EXPECT_EQ(spec.name, "Ann");
  EXPECT_EQ(spec.provider, "openai-compatible");
  EXPECT_EQ(spec.base_url, "http://127.0.0.1:1/v1");
  EXPECT_EQ(spec.model, "m");
  EXPECT_EQ(spec.fallback_models, std::vector<std::string>{"n"});
  EXPECT_EQ(spec.api_key_env, "KEY");
  EXPECT_EQ(spec.system_prompt, "Be brief.");
  ASSERT_EQ(spec.headers.size(), 1u);
  EXPECT_EQ(spec.headers[0].second, "s3cret");
  EXPECT_EQ(spec.parameters, R"({"temperature":0.50})");
  EXPECT_EQ(spec.history, history_policy::strict);
  EXPECT_EQ(spec.on_disconnect, disconnect_policy::cancel);
  EXPECT_EQ(spec.partial_answers, partial_policy::hide);
  EXPECT_EQ(spec.disconnect_grace_ms, 1u);
  EXPECT_EQ(spec.connect_timeout_ms, 2u);
  EXPECT_EQ(spec.first_token_timeout_ms, 3u);
  EXPECT_EQ(spec.idle_timeout_ms, 4u);
  EXPECT_EQ(spec.max_attempts, 5u);
  EXPECT_EQ(spec.max_turn_ms, 6u);
  EXPECT_EQ(spec.max_output_tokens, 7u);
}

TEST_F(AdminRoutesTest, HeaderValuesGoInAndNeverOut) {
  for (const auto& r :
       {send_json("POST", "/api/agents", agent_body()),
        get("/api/agents/did:a:1"), get("/api/agents"),
        send_json("PATCH", "/api/agents/did:a:1", "{}")}) {
    EXPECT_EQ(r.body.find("s3cret"), std::string::npos) << r.body;
    EXPECT_NE(r.body.find(R"("headerNames":["X-Secret"])"), std::string::npos)
        << r.body;
  }
}

TEST_F(AdminRoutesTest, WhatIsReadBackCanBeSentAgain) {
  send_json("POST", "/api/agents", agent_body());
  auto spec = actors.last_agent().value();
  auto text = get("/api/agents/did:a:1").body;
  ASSERT_TRUE(check_json(text));
  agent_spec again;
  again.headers = spec.headers;
  ASSERT_TRUE(read_agent(json_view{text}, again));
  EXPECT_EQ(again, spec);
}

TEST_F(AdminRoutesTest, APatchChangesOnlyWhatItNames) {
  send_json("POST", "/api/agents", agent_body());
  auto before = actors.last_agent().value();
  auto r = send_json(
      "PATCH", "/api/agents/did%3Aa%3A1",
      R"({"did":"did:other","model":"m2","maxTurnMs":null,"headers":null})");
  EXPECT_EQ(r.status, 200u);
  before.model = "m2";
  before.max_turn_ms = agent_spec{}.max_turn_ms;
  before.headers.clear();
  EXPECT_EQ(actors.last_agent().value(), before);
}

TEST_F(AdminRoutesTest, BadAgentsAreRefusedByMember) {
  const std::pair<std::string, std::string> cases[] = {
      {R"([])", "the body"},
      {R"({})", "did"},
      {R"({"did":"a"})", "provider"},
      {R"({"did":"a\u0000","provider":"demo"})", "did"},
      {R"({"did":1})", "did"},
      {R"({"did":"a","provider":"x"})", "provider"},
      {R"({"did":"a","provider":"openai-compatible","model":"m"})", "baseUrl"},
      {R"({"did":"a","provider":"openai-compatible","model":"m",)"
       R"("baseUrl":"ftp://x/"})",
       "baseUrl"},
      {R"({"did":"a","provider":"openai-compatible",)"
       R"("baseUrl":"http://x/v1"})",
       "model"},
      {R"({"did":"a","provider":"demo","fallbackModels":"x"})",
       "fallbackModels"},
      {R"({"did":"a","provider":"demo","fallbackModels":[1]})",
       "fallbackModels[0]"},
      {R"({"did":"a","provider":"demo","headers":{"X":1}})", "headers.X"},
      {R"({"did":"a","provider":"demo","headers":{"X Y":"1"}})", "headers.X Y"},
      {R"({"did":"a","provider":"demo","headers":{"X":"a\r\nb"}})",
       "headers.X"},
      {R"({"did":"a","provider":"demo","parameters":[]})", "parameters"},
      {R"({"did":"a","provider":"demo","history":"x"})", "history"},
      {R"({"did":"a","provider":"demo","onDisconnect":1})", "onDisconnect"},
      {R"({"did":"a","provider":"demo","partialAnswers":"no"})",
       "partialAnswers"},
      {R"({"did":"a","provider":"demo","maxAttempts":0})", "maxAttempts"},
      {R"({"did":"a","provider":"demo","maxTurnMs":1.5})", "maxTurnMs"},
      {R"({"did":"a","provider":"demo","maxTurnMs":-1})", "maxTurnMs"},
  };
  for (const auto& [body, member] : cases) {
    auto why = expect_problem(
        send_json("POST", "/api/agents", body), 400, "INVALID_REQUEST");
    EXPECT_EQ(why.rfind(member + ':', 0), 0u) << why;
  }
  EXPECT_TRUE(actors.recorded().empty());
}

TEST_F(AdminRoutesTest, AnAgentThatIsThereIsAConflict) {
  actors.refuse_admin = make_error(ec::already_exists, "It is there.");
  expect_problem(
      send_json("POST", "/api/agents", agent_body()), 409, "ALREADY_EXISTS");
}

TEST_F(AdminRoutesTest, ARetiredAgentIsOutOfTheList) {
  send_json("POST", "/api/agents", agent_body());
  EXPECT_EQ(send_json("DELETE", "/api/agents/did:a:1", "").status, 204u);
  EXPECT_EQ(get("/api/agents").body, R"({"agents":[],"nextCursor":null})");
  EXPECT_NE(
      get("/api/agents?retired=true").body.find("did:a:1"), std::string::npos);
  expect_problem(
      send_json("PATCH", "/api/agents/did:a:1", "{}"), 404, "NOT_FOUND");
}

TEST_F(AdminRoutesTest, MembersSeeTheAgentsTheyMayChatWithAndLittleOfThem) {
  send_json("POST", "/api/agents", agent_body());
  EXPECT_EQ(
      get("/api/agents", member_key).body,
      R"({"agents":[],"nextCursor":null})");
  expect_problem(get("/api/agents/did:a:1", member_key), 404, "NOT_FOUND");
  actors.add_grant("did:user:1", "did:a:1");
  auto one = R"({"did":"did:a:1","name":"Ann","provider":"openai-compatible",)"
             R"("model":"m"})";
  EXPECT_EQ(
      get("/api/agents", member_key).body,
      R"({"agents":[)" + std::string(one) + R"(],"nextCursor":null})");
  EXPECT_EQ(get("/api/agents/did:a:1", member_key).body, one);
  send_json("DELETE", "/api/agents/did:a:1", "");
  expect_problem(get("/api/agents/did:a:1", member_key), 404, "NOT_FOUND");
}

TEST_F(AdminRoutesTest, UsersAreRegisteredAndListed) {
  auto r = send_json(
      "POST", "/api/users",
      R"({"did":"did:new","displayName":"Ms New","role":"admin"})");
  EXPECT_EQ(r.status, 201u) << r.body;
  EXPECT_NE(
      r.body.find(R"("did":"did:new","displayName":"Ms New","role":"admin")"),
      std::string::npos);
  EXPECT_NE(get("/api/users").body.find("did:new"), std::string::npos);
  for (auto bad :
       {R"({})", R"({"did":""})", R"({"did":"a","role":"boss"})",
        R"({"did":"a","displayName":1})"})
    expect_problem(
        send_json("POST", "/api/users", bad), 400, "INVALID_REQUEST");
}

TEST_F(AdminRoutesTest, AKeyIsShownOnce) {
  auto r = send_json(
      "POST", "/api/users/did%3Auser%3A1/keys",
      R"({"label":"laptop","expiresAt":"2999-01-01T00:00:00Z"})");
  EXPECT_EQ(r.status, 201u) << r.body;
  EXPECT_NE(r.body.find(R"("key":"hsd_)"), std::string::npos);
  EXPECT_NE(
      r.body.find(R"("expiresAt":"2999-01-01T00:00:00.000Z")"),
      std::string::npos);
  EXPECT_EQ(r.header("cache-control"), "no-store");
  for (auto bad :
       {R"({"label":1})", R"({"expiresAt":"2020-01-01T00:00:00Z"})",
        R"({"expiresAt":"soon"})", R"({"expiresAt":0})"})
    expect_problem(
        send_json("POST", "/api/users/did:user:1/keys", bad), 400,
        "INVALID_REQUEST");
  expect_problem(
      send_json("POST", "/api/users/nobody/keys", "{}"), 404, "NOT_FOUND");
}

TEST_F(AdminRoutesTest, GrantsAreIssuedListedAndRevoked) {
  auto r =
      send_json("POST", "/api/users/did:user:1/grants", R"({"agentDid":"*"})");
  ASSERT_EQ(r.status, 201u) << r.body;
  auto issued = actors.last_recorded<grant_issued>().value();
  EXPECT_NE(
      r.body.find(R"("userDid":"did:user:1","agentDid":"*","capabilities":)"
                  R"(["chat"])"),
      std::string::npos);
  actors.add_grant("did:user:1", "did:a:1");
  EXPECT_NE(
      get("/api/users/did:user:1/grants").body.find("did:a:1"),
      std::string::npos);
  auto id = issued.id.to_string();
  EXPECT_EQ(
      send_json("DELETE", "/api/users/did:user:1/grants/" + id, "").status,
      204u);
  EXPECT_EQ(actors.last_recorded<grant_revoked>().value().id, issued.id);
  expect_problem(
      send_json("DELETE", "/api/users/did:user:1/grants/x", ""), 404,
      "NOT_FOUND");
  for (auto bad :
       {R"({})", R"({"agentDid":""})", R"({"agentDid":"a","capabilities":[]})",
        R"({"agentDid":"a","capabilities":[1]})",
        R"({"agentDid":"a","expiresAt":1})"})
    expect_problem(
        send_json("POST", "/api/users/did:user:1/grants", bad), 400,
        "INVALID_REQUEST");
}

} // namespace
} // namespace hansard::test
