#include "http/stream/sse_frame.hpp"
#include "tests/http/harness/server_fixture.hpp"

#include <algorithm>

namespace hansard::test {
namespace {

using ch = token_channel;

token_run guarded_run() {
  token_run run;
  run.add({}, ch::answer, "Ask ");
  run.add({}, ch::substitute, "[mail]");
  run.add({}, ch::withheld, "a@b");
  run.add({}, ch::withheld, ".de");
  run.add({}, ch::answer, " now");
  return run;
}

std::string
framed_text(token_framing framing, stream_version after, std::string& ids) {
  event_batch batch;
  batch.first_version = {5};
  batch.items.push_back(guarded_run());
  std::string out;
  frame_cursor at;
  append_events(out, batch, at, after, framing, 100'000);
  std::string text;
  for (std::size_t i = 0; (i = out.find("{\"chunk\":\"", i)) != out.npos;) {
    i += 10;
    text += out.substr(i, out.find('"', i) - i);
  }
  for (std::size_t i = 0; (i = out.find("id: ", i)) != out.npos; ++i)
    ids += out.substr(i + 4, 1);
  return text;
}

TEST(GuardedFrameTest, WhatIsWithheldIsNotOnTheWireAndWhatStandsForItIs) {
  for (auto framing : {token_framing::one_each, token_framing::coalesced}) {
    std::string ids;
    EXPECT_EQ(framed_text(framing, {}, ids), "Ask [mail] now");
    EXPECT_EQ(ids, framing == token_framing::one_each ? "569" : "69");
  }
}

TEST(GuardedFrameTest, AStreamResumedAnywhereGoesOnWithWhatIsShown) {
  const std::string whole = "Ask [mail] now";
  const std::size_t had[] = {0, 4, 10, 10, 10, 14};
  for (std::uint64_t after = 4; after <= 9; ++after)
    for (auto framing : {token_framing::one_each, token_framing::coalesced}) {
      std::string ids;
      EXPECT_EQ(
          framed_text(framing, {after}, ids), whole.substr(had[after - 4]))
          << after;
    }
}

class GuardrailRoutesTest : public ServerTest {
protected:
  session_id guarded_session() {
    auto id = session(1);
    actors.writer().open(id, "did:user:1", "did:agent:1");
    auto t = actors.writer().running(id);
    actors.writer().append(id, guarded_run());
    actors.writer().append(
        id,
        {guardrail_matched{
            t, "mail", 3, guard_action::mask, guard_place::answer, 0, 4, 6}});
    actors.writer().append(
        id, {generation_completed{t, ending::complete, "stop", {}}});
    actors.project();
    return id;
  }
};

TEST_F(GuardrailRoutesTest, MembersReadWhatWasShownAndAdminsWhatWasSaid) {
  auto base = "/api/chat/sessions/" + guarded_session().to_string();
  auto member = get(base + "/messages", member_key).body;
  EXPECT_NE(member.find("Ask [mail] now"), std::string::npos) << member;
  EXPECT_EQ(member.find("a@b"), std::string::npos) << member;
  EXPECT_EQ(member.find("said"), std::string::npos) << member;
  auto admin = get(base + "/messages").body;
  EXPECT_NE(admin.find("Ask [mail] now"), std::string::npos) << admin;
  EXPECT_NE(admin.find(R"("said":"Ask a@b.de now")"), std::string::npos)
      << admin;
}

TEST_F(GuardrailRoutesTest, MembersEventsTellThatAndNotWhatWasWithheld) {
  auto base = "/api/chat/sessions/" + guarded_session().to_string();
  auto member = get(base + "/events", member_key).body;
  auto admin = get(base + "/events").body;
  EXPECT_EQ(
      std::count(member.begin(), member.end(), '\n'),
      std::count(admin.begin(), admin.end(), '\n'))
      << "versions have no gaps";
  EXPECT_EQ(member.find("a@b"), std::string::npos) << member;
  EXPECT_EQ(member.find(R"("rule":"mail")"), std::string::npos) << member;
  EXPECT_NE(member.find(R"("channel":"withheld")"), std::string::npos);
  EXPECT_NE(admin.find("a@b"), std::string::npos);
  EXPECT_NE(admin.find(R"("rule":"mail")"), std::string::npos);
}

TEST_F(GuardrailRoutesTest, RulesAreSetListedAndRemoved) {
  auto made = send_json(
      "POST", "/api/guardrails",
      R"({"name":"cards","detectors":["card"],"patterns":["\\d{9}"],)"
      R"("on":"output","action":"mask","required":true,"agents":["did:a:1"],)"
      R"("mask":"***","longestMatch":99})");
  ASSERT_EQ(made.status, 201u) << made.body;
  auto rule = actors.guardrails().find("cards");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->spec.detectors, std::vector<std::string>{"card"});
  EXPECT_EQ(rule->spec.patterns, std::vector<std::string>{"\\d{9}"});
  EXPECT_EQ(rule->spec.on, guard_side::output);
  EXPECT_EQ(rule->spec.action, guard_action::mask);
  EXPECT_TRUE(rule->spec.required);
  EXPECT_EQ(rule->spec.agents, std::vector<std::string>{"did:a:1"});
  EXPECT_EQ(rule->spec.mask, "***");
  EXPECT_EQ(rule->spec.longest, 99u);
  EXPECT_EQ(get("/api/guardrails/cards").body, made.body);
  EXPECT_NE(get("/api/guardrails").body.find(made.body), std::string::npos);
  EXPECT_EQ(
      send_json(
          "POST", "/api/guardrails", R"({"name":"cards","patterns":["x"]})")
          .status,
      200u);
  EXPECT_EQ(send_json("DELETE", "/api/guardrails/cards", "").status, 204u);
  expect_problem(get("/api/guardrails/cards"), 404, "NOT_FOUND");
}

TEST_F(GuardrailRoutesTest, AWrongMemberIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"name":1})", "name"},
      {R"({"name":"a","patterns":"x"})", "patterns"},
      {R"({"name":"a","patterns":[1]})", "patterns[0]"},
      {R"({"name":"a","patterns":["("]})", "patterns[0]"},
      {R"({"name":"a","detectors":["?"]})", "detectors[0]"},
      {R"({"name":"a","patterns":["x"],"on":"up"})", "on"},
      {R"({"name":"a","patterns":["x"],"action":"eat"})", "action"},
      {R"({"name":"a","patterns":["x"],"required":"yes"})", "required"},
      {R"({"name":"a","patterns":["x"],"longestMatch":-1})", "longestMatch"},
      {R"({"name":"a"})", "patterns"}};
  for (const auto& [body, member] : cases) {
    auto r = send_json("POST", "/api/guardrails", body);
    expect_problem(r, 400, "INVALID_REQUEST");
    EXPECT_NE(r.body.find(std::string(member) + ": "), std::string::npos)
        << r.body;
  }
  EXPECT_TRUE(actors.recorded().empty());
}

TEST_F(GuardrailRoutesTest, ADryRunIsRefusedWhereItsTextIsTooLong) {
  expect_problem(
      send_json(
          "POST", "/api/guardrails/test",
          R"({"text":")" + std::string(65'537, 'x') + "\"}"),
      400, "INVALID_REQUEST");
}

} // namespace
} // namespace hansard::test
