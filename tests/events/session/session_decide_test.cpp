#include "tests/events/session/session_fixture.hpp"

namespace hansard::test {

namespace {

class SessionDecideTest : public session_fixture {
protected:
  void talk_once() { talk({user_says("one")}, "two"); }

  void expect_refused(start_turn command, ec code) {
    auto before = describe(state);
    auto events = decide(state, std::move(command));
    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().code, code) << to_string(events.error().code);
    EXPECT_FALSE(events.error().message.empty());
    EXPECT_EQ(describe(state), before);
  }

  /// The messages_received among what was decided.
  static const messages_received& received(const std::vector<event>& events) {
    return std::get<messages_received>(events[events.size() - 2]);
  }
};

TEST_F(SessionDecideTest, TheFirstTurnOpensTheSession) {
  auto command = ask({user_says("one")});
  auto events = decide(state, command);
  ASSERT_TRUE(events);
  EXPECT_EQ(
      *events,
      (std::vector<event>{
          session_opened{"did:agent", "did:owner", command.by},
          messages_received{command.turn, command.by, 0, command.messages},
          turn_admitted{
              command.turn, command.by, "grant_1", "did:agent", {}}}));
}

TEST_F(SessionDecideTest, TheNextTurnAppendsOnlyWhatIsNew) {
  talk_once();
  auto command =
      ask({user_says("one"), assistant_says("two"), user_says("three")});
  auto events = decide(state, command);
  ASSERT_TRUE(events);
  EXPECT_EQ(
      *events,
      (std::vector<event>{
          messages_received{command.turn, command.by, 2, {user_says("three")}},
          turn_admitted{
              command.turn, command.by, "grant_1", "did:agent", {}}}));
}

TEST_F(SessionDecideTest, AnAssistantMessageOfTheClientIsMarkedAsClaimed) {
  auto claimed = assistant_says("I never said that");
  // What the client says of the origin counts for nothing.
  claimed.origin = origin::generated;
  auto question = user_says("what?");
  question.origin = origin::generated;
  auto events = decide(state, ask({claimed, question}));
  ASSERT_TRUE(events);
  const auto& messages = received(*events).messages;
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].origin, origin::claimed);
  EXPECT_EQ(messages[1].origin, origin::client);
}

TEST_F(SessionDecideTest, ABodyThatDepartsMakesABranch) {
  talk_once();
  talk({user_says("three")}, "four");
  auto events =
      decide(state, ask({user_says("one"), assistant_says("not two")}));
  ASSERT_TRUE(events);
  EXPECT_EQ(received(*events).keep, 1u);
  ASSERT_EQ(received(*events).messages.size(), 1u);
  EXPECT_EQ(received(*events).messages[0].origin, origin::claimed);
}

TEST_F(SessionDecideTest, AStrictAgentRefusesABranch) {
  talk_once();
  auto command = ask({user_says("one"), assistant_says("not two")});
  command.policy = history_policy::strict;
  expect_refused(command, ec::history_conflict);
  command = ask({user_says("other")}, history_hint::full);
  command.policy = history_policy::strict;
  expect_refused(command, ec::history_conflict);
}

TEST_F(SessionDecideTest, AStrictAgentTakesWhatGoesOn) {
  talk_once();
  for (auto hint : {history_hint::full, history_hint::infer}) {
    auto command = ask(
        {user_says("one"), assistant_says("two"), user_says("three")}, hint);
    command.policy = history_policy::strict;
    EXPECT_TRUE(decide(state, command));
  }
  auto delta = ask({user_says("x")}, history_hint::delta);
  delta.policy = history_policy::strict;
  EXPECT_TRUE(decide(state, delta));
}

TEST_F(SessionDecideTest, AnothersSessionIsNotFound) {
  talk_once();
  auto command = ask({user_says("x")});
  command.by.principal = "did:somebody";
  expect_refused(command, ec::not_found);
}

TEST_F(SessionDecideTest, AnotherIsToldNothingOfARunningTurnOrTheAgent) {
  ASSERT_TRUE(perform(ask({user_says("one")})));
  auto command = ask({user_says("x")});
  command.by.principal = "did:somebody";
  command.agent = "did:other-agent";
  auto refused = decide(state, command);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::not_found);
  EXPECT_EQ(refused.error().message, no_such_session().message);
  EXPECT_TRUE(refused.error().details.empty());
}

TEST_F(SessionDecideTest, AnAdminMayWriteIntoAnybodysSession) {
  talk_once();
  auto command = ask({user_says("x")});
  command.by.principal = "did:admin";
  command.is_admin = true;
  auto events = perform(command);
  ASSERT_TRUE(events);
  EXPECT_EQ(received(*events).by.principal, "did:admin");
  EXPECT_EQ(state.owner, "did:owner");
}

TEST_F(SessionDecideTest, AnotherAgentsSessionIsAMismatch) {
  talk_once();
  auto command = ask({user_says("x")});
  command.agent = "did:other-agent";
  expect_refused(command, ec::agent_mismatch);
}

TEST_F(SessionDecideTest, ARunningTurnIsNamedToTheOneWhoMustWait) {
  ASSERT_TRUE(perform(ask({user_says("one")})));
  auto running = state.turn->turn;
  expect_refused(ask({user_says("two")}), ec::turn_running);
  auto refused = decide(state, ask({user_says("two")}));
  ASSERT_EQ(refused.error().details.size(), 1u);
  EXPECT_EQ(refused.error().details[0].first, "turnId");
  EXPECT_EQ(refused.error().details[0].second, running.to_string());
}

TEST_F(SessionDecideTest, EachEndingLetsTheNextTurnIn) {
  auto turn = turn_id{};
  for (const event& end :
       {event{generation_completed{turn, ending::complete, "stop", {}}},
        event{generation_failed{turn, ending::failed, "x", "y", {}}},
        event{generation_cancelled{turn, {}, "x", {}}},
        event{generation_interrupted{turn, "x", {}}}}) {
    ASSERT_TRUE(perform(ask({user_says("x")}, history_hint::delta)));
    EXPECT_FALSE(decide(state, ask({user_says("y")})));
    record(end);
    EXPECT_TRUE(decide(state, ask({user_says("y")}))) << name_of(end);
  }
}

TEST_F(SessionDecideTest, FullWithNothingToAnswerIsAnInvalidRequest) {
  talk_once();
  expect_refused(
      ask({user_says("one"), assistant_says("two")}, history_hint::full),
      ec::invalid_request);
}

TEST_F(SessionDecideTest, FullUpToAQuestionAsksForAnotherAnswer) {
  talk_once();
  auto events = perform(ask({user_says("one")}, history_hint::full));
  ASSERT_TRUE(events);
  EXPECT_EQ(received(*events).keep, 1u);
  EXPECT_TRUE(received(*events).messages.empty());
  token("another two");
  complete();
  EXPECT_EQ(
      describe(state.history),
      R"(user client "one" | assistant generated "another two")");
}

TEST_F(SessionDecideTest, OnlyTheOwnerAndAdminsMayTouchASessionThatExists) {
  EXPECT_FALSE(may_touch(state, "did:owner", true));
  talk_once();
  EXPECT_TRUE(may_touch(state, "did:owner", false));
  EXPECT_FALSE(may_touch(state, "did:other", false));
  EXPECT_TRUE(may_touch(state, "did:other", true));
  EXPECT_FALSE(may_touch(state, "", false));
}

TEST_F(
    SessionDecideTest, ADeletedSessionIsSeenByThoseWhoSeeAllAndTakesNothing) {
  talk_once();
  EXPECT_TRUE(may_read(state, "did:owner", false));
  EXPECT_FALSE(may_read(state, "did:other", false));
  EXPECT_TRUE(may_read(state, "did:other", true));
  record(event{session_deleted{{"did:owner", "request"}}});
  EXPECT_FALSE(may_read(state, "did:owner", false));
  EXPECT_TRUE(may_read(state, "did:other", true));
  EXPECT_FALSE(may_touch(state, "did:owner", false));
  EXPECT_FALSE(may_touch(state, "did:other", true));
  auto command = ask({user_says("one")});
  expect_refused(command, ec::not_found);
  command.is_admin = true;
  expect_refused(command, ec::not_found);
}

} // namespace

} // namespace hansard::test
