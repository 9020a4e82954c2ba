#include "tests/events/codec/random_events.hpp"
#include "tests/events/session/session_fixture.hpp"

#include <tuple>

namespace hansard::test {

namespace {

class SessionFoldTest : public session_fixture {
protected:
  void begin() { ASSERT_TRUE(perform(ask({user_says("hi")}))); }

  tool_call_generated call(std::string id, std::uint32_t index = 0) {
    return {state.turn->turn, index, std::move(id), "add", R"({"a":1})"};
  }
};

TEST_F(SessionFoldTest, AnAdmittedTurnIsOpenFromItsVersionAndTime) {
  begin();
  ASSERT_TRUE(state.turn);
  EXPECT_TRUE(state.exists());
  EXPECT_EQ(state.version, (stream_version{3}));
  EXPECT_EQ(state.agent, "did:agent");
  EXPECT_EQ(state.owner, "did:owner");
  EXPECT_EQ(state.turn->turn, turn_number(1));
  EXPECT_EQ(state.turn->by, (cause{"did:owner", "req_1"}));
  EXPECT_EQ(state.turn->started_at, from_unix_us(1'000'002));
  EXPECT_EQ(state.turn->after, (stream_version{3}));
  EXPECT_EQ(state.turn->attempt, 0u);
  EXPECT_EQ(
      state.turns,
      (std::vector<turn_span>{{turn_number(1), {3}, {}, 0, 1, true}}));
}

TEST_F(SessionFoldTest, AnEndedTurnLeavesItsAnswerAndItsVersion) {
  begin();
  record(generation_started{turn_number(1), 2, "demo", "demo", 1, 1});
  EXPECT_EQ(state.turn->attempt, 2u);
  token("Hel");
  token("lo \"you\"");
  EXPECT_EQ(state.turn->answer, "Hello \"you\"");
  EXPECT_EQ(state.turn->tokens, 2u);
  complete();
  EXPECT_FALSE(state.turn);
  EXPECT_EQ(
      state.turns,
      (std::vector<turn_span>{{turn_number(1), {3}, {7}, 0, 1, true}}));
  EXPECT_EQ(
      describe(state.history),
      R"(user client "hi" | assistant generated "Hello \"you\"")");
}

TEST_F(SessionFoldTest, EveryTurnKeepsItsPlace) {
  talk({user_says("one")}, "two");
  talk({user_says("three")}, "four");
  begin();
  EXPECT_EQ(
      state.turns, (std::vector<turn_span>{
                       {turn_number(1), {3}, {6}, 0, 1, true},
                       {turn_number(2), {8}, {11}, 2, 1, true},
                       {turn_number(3), {13}, {}, 4, 1, true}}));
}

TEST_F(SessionFoldTest, ReasoningCountsAsTokensButIsNoPartOfTheAnswer) {
  begin();
  token("hm", token_channel::reasoning);
  token("yes");
  token("hm", token_channel::reasoning);
  token("!");
  EXPECT_EQ(state.turn->tokens, 4u);
  complete();
  EXPECT_EQ(state.history.back().content, R"("yes!")");
}

TEST_F(SessionFoldTest, ARunOfTokensEqualsItsTokens) {
  begin();
  token_run run;
  run.add(from_unix_us(1), token_channel::reasoning, "hm ");
  run.add(from_unix_us(2), token_channel::answer, "caf");
  run.add(from_unix_us(3), token_channel::answer, "é");
  record(run);
  EXPECT_EQ(state.version, (stream_version{6}));
  EXPECT_EQ(state.turn->tokens, 3u);
  EXPECT_EQ(state.turn->answer, "café");
}

TEST_F(SessionFoldTest, ToolCallsBecomeTheMessagesToolCalls) {
  begin();
  record(call("call_1"));
  record(call("call_2", 1));
  complete(ending::tool_calls);
  EXPECT_EQ(
      describe({state.history.back()}),
      "assistant generated null "
      R"([{"id":"call_1","type":"function","function":{"name":"add",)"
      R"("arguments":"{\"a\":1}"}},)"
      R"({"id":"call_2","type":"function","function":{"name":"add",)"
      R"("arguments":"{\"a\":1}"}}])");
}

TEST_F(SessionFoldTest, TextAndToolCallsStandTogether) {
  begin();
  token("I will add.");
  record(call("call_1"));
  token(" Now.");
  complete(ending::tool_calls);
  EXPECT_EQ(state.history.back().content, R"("I will add. Now.")");
  EXPECT_FALSE(state.history.back().tool_calls.empty());
}

TEST_F(SessionFoldTest, AClientThatRepeatsAGeneratedToolCallIsUnderstood) {
  begin();
  record(call("call_1"));
  complete(ending::tool_calls);
  message repeated;
  repeated.role = role::assistant;
  repeated.content = "null";
  repeated.tool_calls =
      R"([ {"function": {"arguments": "{\"a\":1}", "name": "add"},)"
      R"( "id": "call_1", "type": "function"} ])";
  message answer;
  answer.role = role::tool;
  answer.content = R"("3")";
  answer.tool_call_id = "call_1";
  ASSERT_TRUE(perform(ask({user_says("hi"), repeated, answer})));
  ASSERT_EQ(state.history.size(), 3u);
  EXPECT_EQ(state.history[1].origin, origin::generated);
  EXPECT_EQ(state.history[2], answer);
}

TEST_F(SessionFoldTest, ABranchDropsWhatStoodBehindIt) {
  talk({user_says("one")}, "two");
  talk({user_says("three")}, "four");
  talk({user_says("one"), assistant_says("not two"), user_says("so?")}, "so.");
  EXPECT_EQ(
      describe(state.history),
      R"(user client "one" | assistant claimed "not two")"
      R"( | user client "so?" | assistant generated "so.")");
}

TEST_F(SessionFoldTest, AKeepBeyondTheHistoryKeepsAllOfIt) {
  begin();
  record(messages_received{{}, {}, 99, {user_says("more")}});
  EXPECT_EQ(
      describe(state.history), R"(user client "hi" | user client "more")");
}

TEST_F(SessionFoldTest, APartialAnswerStaysWhateverCutIt) {
  const event cuts[] = {
      generation_failed{{}, ending::truncated, "upstream_truncated", "", {}},
      generation_cancelled{{}, {}, "", {}},
      generation_interrupted{{}, "", {}},
  };
  for (const auto& cut : cuts) {
    state = {};
    begin();
    token("half an ans");
    record(cut);
    EXPECT_FALSE(state.turn) << name_of(cut);
    EXPECT_EQ(
        describe(state.history),
        R"(user client "hi" | assistant generated "half an ans")")
        << name_of(cut);
  }
}

TEST_F(SessionFoldTest, ATurnCutBeforeItsFirstTokenLeavesNoMessage) {
  const event cuts[] = {
      generation_failed{{}, ending::failed, "upstream_failed", "", {}},
      generation_failed{{}, ending::truncated, "upstream_truncated", "", {}},
      generation_cancelled{{}, {}, "", {}},
      generation_interrupted{{}, "", {}},
  };
  for (const auto& cut : cuts) {
    state = {};
    begin();
    token("only thinking", token_channel::reasoning);
    record(cut);
    EXPECT_EQ(state.history.size(), 1u) << name_of(cut);
    EXPECT_EQ(state.turns.back().end, state.version) << name_of(cut);
  }
}

TEST_F(SessionFoldTest, ACompletedTurnWithoutTextLeavesAnEmptyAnswer) {
  begin();
  complete();
  EXPECT_EQ(
      describe(state.history), R"(user client "hi" | assistant generated "")");
}

TEST_F(SessionFoldTest, TheFirstUserMessageGivesTheTitle) {
  message system;
  system.role = role::system;
  system.content = R"("Be brief.")";
  ASSERT_TRUE(perform(ask({system, user_says("What is new?\nIn C++")})));
  EXPECT_EQ(state.title, "What is new?");
  complete();
  talk({user_says("And now?")}, "ok");
  EXPECT_EQ(state.title, "What is new?");
  record(title_changed{"News", {}});
  EXPECT_EQ(state.title, "News");
  talk({user_says("More?")}, "ok");
  EXPECT_EQ(state.title, "News");
}

TEST_F(SessionFoldTest, WhatItDoesNotKnowChangesNothingButTheVersion) {
  begin();
  const event others[] = {
      unknown_event{999, 1, "?"},
      unknown_event{generation_completed::type, 99, "?"},
      turn_refused{{}, "", "turn_running", ""},
      generation_attempt_failed{},
      client_attached{},
      client_detached{},
      grant_issued{},
  };
  for (const auto& other : others) {
    auto expected = state;
    expected.version = expected.version.next();
    record(other);
    EXPECT_EQ(describe(state), describe(expected)) << name_of(other);
  }
}

TEST_F(SessionFoldTest, WhatBelongsToATurnIsIgnoredWhereNoneIsOpen) {
  begin();
  token("a");
  complete();
  auto ended = state;
  record(token_generated{token_channel::answer, "late"});
  record(tool_call_generated{turn_number(1), 0, "call_1", "f", "{}"});
  record(generation_started{turn_number(1), 2, "", "", 0, 0});
  record(generation_interrupted{turn_number(1), "", {}});
  token_run run;
  run.add(from_unix_us(1), token_channel::answer, "late");
  record(run);
  ended.version = ended.version + 5;
  EXPECT_EQ(describe(state), describe(ended));
}

const ending all_endings[] = {
    ending::complete,       ending::length,      ending::tool_calls,
    ending::content_filter, ending::truncated,   ending::cancelled,
    ending::failed,         ending::interrupted,
};

TEST(GeneratedMessageTest, AgreesWithLeavesMessageInEveryCase) {
  for (auto end : all_endings)
    for (int tokens : {0, 1})
      for (int calls : {0, 1}) {
        open_turn turn;
        turn.answer.assign(static_cast<std::size_t>(tokens), 'x');
        turn.tool_calls.resize(static_cast<std::size_t>(calls));
        EXPECT_EQ(
            generated_message(turn, end).has_value(),
            leaves_message(tokens + calls > 0, end))
            << to_string(end) << ", " << tokens << " tokens, " << calls;
      }
}

TEST(GeneratedMessageTest, WithoutOutputOnlyTheModelsOwnEndingsLeaveOne) {
  for (auto end : all_endings) {
    bool own = end == ending::complete || end == ending::length
               || end == ending::tool_calls || end == ending::content_filter;
    EXPECT_EQ(leaves_message(false, end), own) << to_string(end);
    EXPECT_TRUE(leaves_message(true, end)) << to_string(end);
  }
}

TEST(EndingTest, EachEventTellsHowItsTurnEnded) {
  const std::tuple<event, ending> table[] = {
      {generation_completed{{}, ending::content_filter, "", {}},
       ending::content_filter},
      {generation_completed{{}, ending::length, "", {}}, ending::length},
      {generation_failed{{}, ending::truncated, "", "", {}}, ending::truncated},
      {generation_failed{}, ending::failed},
      {generation_cancelled{}, ending::cancelled},
      {generation_interrupted{}, ending::interrupted},
  };
  for (const auto& [e, end] : table)
    EXPECT_EQ(ending_of(e)->how, end) << name_of(e);
}

TEST(EndingTest, AnEndingTellsItsTurnAndUsage) {
  turn_id turn{{{1, 2, 3}}};
  token_usage usage{usage_source::reported, 1, 2, 3, 4};
  for (const event& e :
       {event{generation_completed{turn, ending::length, "", usage}},
        event{generation_failed{turn, ending::failed, "", "", usage}},
        event{generation_cancelled{turn, {}, "", usage}},
        event{generation_interrupted{turn, "", usage}}}) {
    ASSERT_TRUE(ends_turn(e)) << name_of(e);
    EXPECT_EQ(ending_of(e)->turn, turn) << name_of(e);
    EXPECT_EQ(ending_of(e)->usage, usage) << name_of(e);
  }
  EXPECT_FALSE(ending_of(turn_admitted{}));
  EXPECT_FALSE(ending_of(generation_attempt_failed{}));
}

TEST(EndingTest, EveryEndingHasANameOfItsOwn) {
  std::vector<std::string_view> names;
  for (auto end : all_endings)
    names.push_back(to_string(end));
  EXPECT_EQ(
      names, (std::vector<std::string_view>{
                 "complete", "length", "tool_calls", "content_filter",
                 "truncated", "cancelled", "failed", "interrupted"}));
}

} // namespace

} // namespace hansard::test
