#include "tests/http/harness/server_fixture.hpp"
#include "tests/support/credential_keys.hpp"

#include <gmock/gmock.h>

namespace hansard::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto value = "sk-live-9f8e7d6c5b4a3210";

class CredentialRoutesTest : public ServerTest {
protected:
  CredentialRoutesTest() { actors.vault().use({sample_credential_key()}); }

  raw_response send(
      std::string_view method, std::string_view path, std::string_view body,
      std::string_view header) {
    auto request = json_request(method, path, body, admin_key);
    return ask(header.empty() ? request : with(request, header));
  }
  raw_response
  set(std::string_view name, std::string_view text = value,
      std::string_view header = "") {
    return send(
        "POST", "/api/credentials",
        R"({"name":")" + std::string(name) + R"(","value":")"
            + std::string(text) + R"("})",
        header);
  }
};

TEST_F(CredentialRoutesTest, AValueGoesInAndNeverComesOut) {
  auto made = set("openai");
  ASSERT_EQ(made.status, 201u) << made.body;
  EXPECT_EQ(actors.vault().open("openai").value().view(), value);
  for (const auto& answer : {made, get("/api/credentials")}) {
    EXPECT_THAT(answer.body, HasSubstr(R"("name":"openai")"));
    EXPECT_THAT(answer.body, HasSubstr(R"("setBy":"did:user:admin")"));
    EXPECT_THAT(answer.body, HasSubstr(R"("usable":true)"));
    EXPECT_THAT(answer.body, Not(HasSubstr("sk-live")));
    EXPECT_THAT(answer.body, Not(HasSubstr("3210")));
  }
  expect_problem(get("/api/credentials/openai"), 405, "METHOD_NOT_ALLOWED");
}

TEST_F(CredentialRoutesTest, ANewValueTakesThePlaceOfTheOld) {
  ASSERT_EQ(set("openai").status, 201u);
  EXPECT_EQ(set("openai", "sk-live-another").status, 200u);
  EXPECT_EQ(actors.vault().open("openai").value().view(), "sk-live-another");
}

TEST_F(CredentialRoutesTest, WhatChangedMeanwhileIsNotOverwritten) {
  auto first = set("openai");
  ASSERT_EQ(first.status, 201u);
  auto tag = std::string(first.header("etag"));
  ASSERT_NE(tag, "");
  expect_problem(
      set("openai", "sk-live-another", "If-None-Match: *"), 412,
      "PRECONDITION_FAILED");
  EXPECT_EQ(actors.vault().open("openai").value().view(), value);
  EXPECT_EQ(set("openai", "sk-live-b", "If-Match: " + tag).status, 200u);
  expect_problem(
      set("openai", "sk-live-c", "If-Match: " + tag), 412,
      "PRECONDITION_FAILED");
  expect_problem(
      send("DELETE", "/api/credentials/openai", "", "If-Match: " + tag), 412,
      "PRECONDITION_FAILED");
  EXPECT_EQ(actors.vault().open("openai").value().view(), "sk-live-b");
}

TEST_F(CredentialRoutesTest, TheListSaysWhichAgentsUseIt) {
  ASSERT_EQ(set("openai").status, 201u);
  agent_spec spec;
  spec.did = "did:agent:billing";
  spec.credential = "openai";
  actors.add_agent(spec);
  EXPECT_THAT(
      get("/api/credentials").body,
      HasSubstr(R"("agents":["did:agent:billing"])"));
}

TEST_F(CredentialRoutesTest, WhatIsRemovedIsGone) {
  ASSERT_EQ(set("openai").status, 201u);
  EXPECT_EQ(send_json("DELETE", "/api/credentials/openai", "").status, 204u);
  EXPECT_FALSE(actors.vault().open("openai"));
  expect_problem(
      send_json("DELETE", "/api/credentials/openai", ""), 404, "NOT_FOUND");
}

TEST_F(CredentialRoutesTest, WithoutAKeyNothingIsKept) {
  actors.vault().use({});
  auto why = expect_problem(set("openai"), 501, "NOT_CONFIGURED");
  EXPECT_THAT(why, HasSubstr("key_file"));
  EXPECT_THAT(actors.recorded(), testing::IsEmpty());
}

TEST_F(CredentialRoutesTest, WhatCanNotBeAKeyIsRefusedWithoutBeingRepeated) {
  for (const auto& answer :
       {set("with space"), set(""), set("openai", ""),
        set("openai", "two words"), set("openai", R"(line\nbreak)"),
        send_json("POST", "/api/credentials", R"({"name":"openai"})"),
        send_json(
            "POST", "/api/credentials", R"({"name":"openai","value":7})")}) {
    auto why = expect_problem(answer, 400, "INVALID_REQUEST");
    EXPECT_THAT(why, Not(HasSubstr("words")));
    EXPECT_THAT(why, Not(HasSubstr("break")));
  }
  EXPECT_THAT(actors.recorded(), testing::IsEmpty());
}

TEST_F(CredentialRoutesTest, AnAgentNamesACredentialOrAVariable) {
  auto agent = [](std::string_view members) {
    return R"({"did":"did:a:1","provider":"openai-compatible","model":"m",)"
           R"("baseUrl":"http://127.0.0.1:1/v1",)"
           + std::string(members) + '}';
  };
  expect_problem(
      send_json(
          "POST", "/api/agents",
          agent(R"("credential":"openai","apiKeyEnv":"KEY")")),
      400, "INVALID_REQUEST");
  expect_problem(
      send_json("POST", "/api/agents", agent(R"("credential":"a b")")), 400,
      "INVALID_REQUEST");
  auto made =
      send_json("POST", "/api/agents", agent(R"("credential":"openai")"));
  EXPECT_EQ(made.status, 201u) << made.body;
  EXPECT_THAT(made.body, HasSubstr(R"("credential":"openai")"));
  EXPECT_EQ(actors.last_agent()->credential, "openai");
}

TEST_F(CredentialRoutesTest, AReloadIsAnsweredWithWhatItDid) {
  options.reload = [](const cause& by, const reply<reload_report>& answer) {
    EXPECT_EQ(by.principal, "did:user:admin");
    answer(reload_report{"abc", {"log.level"}, {"server.listen"}});
  };
  auto done = send_json("POST", "/api/admin/reload", "");
  EXPECT_EQ(done.status, 200u);
  EXPECT_EQ(
      done.body, R"({"sha256":"abc","changed":["log.level"],)"
                 R"("needsRestart":["server.listen"]})");
}

TEST_F(CredentialRoutesTest, AServerWithoutAConfigurationCanNotReload) {
  expect_problem(
      send_json("POST", "/api/admin/reload", ""), 501, "NOT_CONFIGURED");
}

} // namespace
} // namespace hansard::test
