#include "tests/events/session/session_fixture.hpp"

namespace hansard::test {

namespace {

const cause owner{"did:owner", "req_9"};
const cause stranger{"did:stranger", "req_9"};

/// What is asked of a session besides a turn.
class SessionCommandsTest : public session_fixture {
protected:
  SessionCommandsTest() { talk({user_says("one")}, "two"); }

  /// A turn that was let in and runs. @returns its id.
  turn_id run_turn() {
    EXPECT_TRUE(perform(ask({user_says("more")}, history_hint::delta)));
    coming.turn = session_outlook::running_turn{state.turn->turn, used(7)};
    return state.turn->turn;
  }

  static token_usage used(std::uint64_t completion) {
    token_usage out;
    out.source = usage_source::estimated;
    out.completion = completion;
    return out;
  }

  template <class Command>
  result<std::vector<event>> decided(Command command) const {
    return decide(state, command, coming);
  }

  template <class Command>
  ec refusal_of(Command command) const {
    auto events = decided(std::move(command));
    return events ? ec::none : events.error().code;
  }

  template <class Command>
  void expect_one(Command command, const event& what) const {
    auto events = decided(std::move(command));
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_EQ(*events, std::vector<event>{what});
  }

  template <class Command>
  void expect_nothing(Command command) const {
    auto events = decided(std::move(command));
    ASSERT_TRUE(events) << events.error().message;
    EXPECT_EQ(events->size(), 0u);
  }

  /// Met by a session of this title alone.
  static title_condition titled(std::string wanted) {
    return [wanted](const std::string& title) -> result<void> {
      if (title == wanted)
        return {};
      return make_error(ec::precondition_failed, "It is \"" + title + "\".");
    };
  }

  session_outlook coming;
};

TEST_F(SessionCommandsTest, StopEndsTheTurnThatRunsWithItsUsage) {
  auto turn = run_turn();
  generation_cancelled ended{turn, owner, "stopped", used(7)};
  expect_one(stop_turn{owner}, ended);
  expect_one(stop_turn{owner, false, turn}, ended);
}

TEST_F(SessionCommandsTest, StopWhereNothingRunsRecordsNothing) {
  expect_nothing(stop_turn{owner});
}

TEST_F(SessionCommandsTest, StopOfAnotherTurnLeavesTheRunningOneAlone) {
  run_turn();
  expect_nothing(stop_turn{owner, false, turn_number(1)});
}

TEST_F(SessionCommandsTest, ATurnWhoseEndingIsOnItsWayIsNotStoppedAgain) {
  run_turn();
  coming.turn->ends = true;
  expect_nothing(stop_turn{owner});
}

TEST_F(SessionCommandsTest, ATurnThatIsNotOnRecordYetCanBeStopped) {
  coming.turn = session_outlook::running_turn{turn_number(9), used(0)};
  expect_one(
      stop_turn{owner},
      generation_cancelled{turn_number(9), owner, "stopped", used(0)});
}

TEST_F(SessionCommandsTest, ATurnThatIsNotOnRecordYetKeepsTheNextOneOut) {
  coming.turn = session_outlook::running_turn{turn_number(9)};
  auto refused = decide(state, ask({user_says("x")}), coming);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ec::turn_running);
  ASSERT_EQ(refused.error().details.size(), 1u);
  EXPECT_EQ(refused.error().details[0].second, turn_number(9).to_string());
}

TEST_F(SessionCommandsTest, ABusySessionSaysSoBeforeItJudgesTheHistory) {
  auto empty_full =
      ask({user_says("one"), assistant_says("two")}, history_hint::full);
  EXPECT_EQ(decide(state, empty_full).error().code, ec::invalid_request);
  coming.turn = session_outlook::running_turn{turn_number(9)};
  EXPECT_EQ(refusal_of(empty_full), ec::turn_running);
}

TEST_F(SessionCommandsTest, ANewTitleIsRecordedWithWhoGaveIt) {
  expect_one(
      change_title{owner, false, "Numbers"}, title_changed{"Numbers", owner});
}

TEST_F(SessionCommandsTest, ATitleIsJudgedAsItIsRecorded) {
  auto recorded = state.title;
  ASSERT_NE(recorded, "");
  expect_one(
      change_title{owner, false, "b", titled(recorded)},
      title_changed{"b", owner});
  EXPECT_EQ(
      refusal_of(change_title{owner, false, "b", titled("other")}),
      ec::precondition_failed);
  EXPECT_EQ(
      refusal_of(delete_session{owner, false, titled("other")}),
      ec::precondition_failed);
}

TEST_F(SessionCommandsTest, ATitleOnItsWayCountsBeforeTheRecordedOne) {
  coming.title = "a";
  EXPECT_EQ(
      refusal_of(change_title{owner, false, "b", titled(state.title)}),
      ec::precondition_failed);
  expect_one(
      change_title{owner, false, "b", titled("a")}, title_changed{"b", owner});
  expect_one(delete_session{owner, false, titled("a")}, session_deleted{owner});
}

TEST_F(SessionCommandsTest, DeletingASessionEndsItsTurnFirst) {
  auto turn = run_turn();
  auto events = decided(delete_session{owner});
  ASSERT_TRUE(events);
  EXPECT_EQ(
      *events,
      (std::vector<event>{
          generation_cancelled{turn, owner, "the session was deleted", used(7)},
          session_deleted{owner}}));
  coming.turn->ends = true;
  expect_one(delete_session{owner}, session_deleted{owner});
}

TEST_F(SessionCommandsTest, AStrangerFindsNoSession) {
  run_turn();
  EXPECT_EQ(refusal_of(stop_turn{stranger}), ec::not_found);
  EXPECT_EQ(refusal_of(change_title{stranger, false, "x"}), ec::not_found);
  EXPECT_EQ(refusal_of(delete_session{stranger}), ec::not_found);
  EXPECT_EQ(refusal_of(follow_turn{stranger}), ec::not_found);
}

TEST_F(SessionCommandsTest, AStrangerLearnsNothingFromATitlesCondition) {
  EXPECT_EQ(
      refusal_of(change_title{stranger, false, "x", titled("other")}),
      ec::not_found);
}

TEST_F(SessionCommandsTest, AnAdminMayChangeAnybodysSession) {
  auto turn = run_turn();
  expect_one(
      stop_turn{stranger, true},
      generation_cancelled{turn, stranger, "stopped", used(7)});
  expect_one(change_title{stranger, true, "x"}, title_changed{"x", stranger});
  expect_one(
      follow_turn{stranger, true},
      client_attached{turn, stranger, state.turn->after});
}

TEST_F(SessionCommandsTest, ASessionThatIsBeingDeletedTakesNoMoreCommands) {
  run_turn();
  coming.deleted = true;
  for (bool admin : {false, true}) {
    EXPECT_EQ(refusal_of(stop_turn{owner, admin}), ec::not_found);
    EXPECT_EQ(refusal_of(change_title{owner, admin, "x"}), ec::not_found);
    EXPECT_EQ(refusal_of(delete_session{owner, admin}), ec::not_found);
    auto command = ask({user_says("x")});
    command.is_admin = admin;
    EXPECT_EQ(refusal_of(command), ec::not_found);
  }
}

TEST_F(SessionCommandsTest, OneThatIsBeingDeletedIsShownToThoseWhoSeeAll) {
  coming.deleted = true;
  EXPECT_EQ(refusal_of(follow_turn{owner}), ec::not_found);
  EXPECT_EQ(refusal_of(follow_turn{stranger, true, turn_number(1)}), ec::none);
}

TEST_F(SessionCommandsTest, AClientFollowsTheNewestTurnFromItsStart) {
  auto turn = run_turn();
  expect_one(
      follow_turn{owner}, client_attached{turn, owner, state.turn->after});
}

TEST_F(SessionCommandsTest, AClientGoesOnInTheTurnWhereItWas) {
  auto last = state.version;
  auto first = state.turns[0];
  run_turn();
  // Within the first turn, and behind its end: the second one.
  expect_one(
      follow_turn{owner, false, {}, first.after.next()},
      client_attached{turn_number(1), owner, first.after.next()});
  expect_one(
      follow_turn{owner, false, {}, last},
      client_attached{turn_number(2), owner, state.turns[1].after});
}

TEST_F(SessionCommandsTest, NothingIsLeftOfATurnThatTheClientSawToItsEnd) {
  expect_nothing(follow_turn{owner, false, {}, state.version});
  auto seen = state.turns[0].end;
  run_turn();
  // It named that turn and wants no other.
  expect_nothing(follow_turn{owner, false, turn_number(1), seen});
}

TEST_F(SessionCommandsTest, AVersionThatTheStreamDoesNotHaveIsRefused) {
  EXPECT_EQ(
      refusal_of(follow_turn{owner, false, {}, state.version.next()}),
      ec::invalid_request);
  run_turn();
  EXPECT_EQ(
      refusal_of(
          follow_turn{owner, false, turn_number(1), stream_version{1'000}}),
      ec::invalid_request);
}

TEST_F(SessionCommandsTest, ATurnThatTheSessionDoesNotHaveIsNotFound) {
  EXPECT_EQ(
      refusal_of(follow_turn{owner, false, turn_number(77)}), ec::not_found);
}

TEST_F(SessionCommandsTest, ASessionThatDoesNotExistTakesNoCommand) {
  state = {};
  EXPECT_EQ(refusal_of(stop_turn{owner, true}), ec::not_found);
  EXPECT_EQ(refusal_of(change_title{owner, true, "x"}), ec::not_found);
  EXPECT_EQ(refusal_of(delete_session{owner, true}), ec::not_found);
  EXPECT_EQ(refusal_of(follow_turn{owner, true}), ec::not_found);
}

} // namespace

} // namespace hansard::test
