#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

namespace {

using std::chrono::milliseconds;

agent_spec
with_attempts(std::uint32_t attempts, std::vector<std::string> fallbacks = {}) {
  auto spec = chat_world::default_agent();
  spec.max_attempts = attempts;
  spec.fallback_models = std::move(fallbacks);
  return spec;
}

const std::string another = " generation_attempt_failed generation_started";

} // namespace

TEST(WorkerTest, AnotherAttemptFollowsAFailureThatMayPass) {
  chat_world world{{}, with_attempts(3)};
  auto ticket = world.begun();
  world.model().last()->fail(ec::upstream_unavailable, true);
  world.run();
  EXPECT_EQ(world.model().calls(), 1u) << "it pauses first";
  world.advance(milliseconds{260});
  ASSERT_EQ(world.model().calls(), 2u);
  world.model().last()->say({"ok"});
  world.model().last()->finish();
  world.run();
  EXPECT_EQ(
      world.story(ticket.session),
      opening + another + " \"ok\" generation_completed");
  auto failed = world.last_of<generation_attempt_failed>(ticket.session);
  EXPECT_EQ(failed.attempt, 1u);
  EXPECT_EQ(failed.code, "upstream_unavailable");
  EXPECT_EQ(failed.retry_in_ms, 250u);
  EXPECT_EQ(world.last_of<generation_started>(ticket.session).attempt, 2u);
}

TEST(WorkerTest, AnAttemptIsRecordedBeforeItIsMade) {
  chat_world world{{}, with_attempts(3)};
  world.begun();
  world.hold_journal();
  world.model().last()->fail(ec::upstream_unavailable, true);
  world.advance(milliseconds{1000});
  EXPECT_EQ(world.model().calls(), 1u);
  world.release();
  world.run();
  EXPECT_EQ(world.model().calls(), 2u);
}

TEST(WorkerTest, TheLastFailureEndsTheTurn) {
  chat_world world{{}, with_attempts(2)};
  auto ticket = world.begun();
  world.model().last()->fail(ec::upstream_unavailable, true);
  world.advance(milliseconds{300});
  world.model().last()->fail(ec::upstream_timed_out, true);
  world.run();
  EXPECT_EQ(
      world.story(ticket.session), opening + another + " generation_failed");
  auto failed = world.last_of<generation_failed>(ticket.session);
  EXPECT_EQ(failed.code, "upstream_timed_out");
  EXPECT_EQ(failed.ending, ending::failed);
  EXPECT_EQ(failed.reason, "The test says so.");
}

TEST(WorkerTest, AFallbackModelIsTriedAndRecorded) {
  chat_world world{{}, with_attempts(1, {"model-2"})};
  auto ticket = world.begun();
  world.model().last()->fail(ec::upstream_failed, false);
  world.run();
  ASSERT_EQ(world.model().calls(), 2u);
  EXPECT_EQ(world.model().last()->request.model, "model-2");
  EXPECT_EQ(world.last_of<generation_started>(ticket.session).model, "model-2");
}

TEST(WorkerTest, NothingIsTriedAgainAfterTheFirstToken) {
  chat_world world{{}, with_attempts(3, {"model-2"})};
  auto ticket = world.begun();
  world.model().last()->say({"Once"});
  world.model().last()->fail(ec::upstream_unavailable, true);
  world.advance(milliseconds{20'000});
  EXPECT_EQ(world.model().calls(), 1u);
  EXPECT_EQ(
      world.story(ticket.session), opening + " \"Once\" generation_failed");
}

TEST(WorkerTest, AStreamThatBreaksOffIsTruncated) {
  chat_world world;
  auto ticket = world.begun();
  world.model().last()->say({"Once"});
  world.model().last()->fail(ec::upstream_truncated, false);
  world.run();
  EXPECT_EQ(
      world.last_of<generation_failed>(ticket.session).ending,
      ending::truncated);
}

TEST(WorkerTest, LateCallsOfAnAbandonedAttemptAreIgnored) {
  chat_world world{{}, with_attempts(3)};
  auto ticket = world.begun();
  auto first = world.model().last();
  first->fail(ec::upstream_unavailable, true);
  world.advance(milliseconds{300});
  first->say({"ghost"});
  first->finish();
  first->fail(ec::upstream_failed, false);
  world.run();
  EXPECT_EQ(world.story(ticket.session), opening + another);
  EXPECT_TRUE(first->dropped);
}

TEST(WorkerTest, AStopDuringThePauseEndsTheTurn) {
  chat_world world{{}, with_attempts(3)};
  auto ticket = world.begun();
  world.model().last()->fail(ec::upstream_unavailable, true);
  world.run();
  world.stop(ticket.session);
  world.advance(milliseconds{20'000});
  EXPECT_EQ(world.model().calls(), 1u);
  EXPECT_EQ(
      world.story(ticket.session),
      opening + " generation_attempt_failed generation_cancelled");
}

TEST(WorkerTest, ATurnEndsInTimeThoughTheModelServerSaysNothingMore) {
  auto spec = with_attempts(1);
  spec.max_turn_ms = 90'000;
  chat_world world{{}, spec};
  auto ticket = world.begun();
  world.model().at(0)->say({"one"});
  world.run();
  world.advance(milliseconds{89'000});
  EXPECT_EQ(world.rt->running_turns, 1u);
  world.advance(milliseconds{1'000});
  EXPECT_EQ(world.rt->running_turns, 0u);
  EXPECT_EQ(
      world.last_of<generation_cancelled>(ticket.session).reason, "time_limit");
}

TEST(WorkerTest, AWallClockThatIsSetForwardCutsNoTurn) {
  auto spec = with_attempts(1);
  spec.max_turn_ms = 90'000;
  chat_world world{{}, spec};
  auto ticket = world.begun();
  world.rt->clock = [before = world.rt->clock] {
    return before() + std::chrono::hours{1};
  };
  world.model().at(0)->say({"one"});
  world.run();
  EXPECT_EQ(world.rt->running_turns, 1u);
}

TEST(WorkerTest, AttemptsEndWithTheTurnsTime) {
  auto spec = with_attempts(16);
  spec.max_turn_ms = 2000;
  chat_world world{{}, spec};
  auto ticket = world.begun();
  for (std::size_t i = 0; i < 16 && world.rt->running_turns > 0; ++i) {
    if (world.model().calls() > i)
      world.model().at(i)->fail(ec::upstream_unavailable, true);
    world.advance(milliseconds{1500});
  }
  EXPECT_EQ(
      world.last_of<generation_cancelled>(ticket.session).reason, "time_limit");
  EXPECT_LT(world.model().calls(), 6u);
}

TEST(WorkerTest, ReasoningIsRecordedApartFromTheAnswer) {
  chat_world world;
  auto ticket = world.begun();
  world.model().last()->think("hm");
  world.model().last()->say({"yes"});
  world.model().last()->finish();
  world.run();
  world.begun("More", ticket.session);
  EXPECT_EQ(world.model().last()->request.messages.at(1).content, "\"yes\"");
}

// Promise 7: a slow disk slows the model's stream.

TEST(Promise7BoundsTest, CreditComesBackOnlyForWhatIsDurable) {
  chat_world world;
  world.begun();
  auto call = world.model().last();
  world.hold_journal();
  std::string token(upstream_window_bytes / 2, 'x');
  call->say({token});
  world.run();
  EXPECT_EQ(call->granted, 0u);
  world.release();
  world.run();
  EXPECT_EQ(call->granted, token.size());
}

TEST(Promise7BoundsTest, AModelThatKeepsToItsWindowNeverStalls) {
  chat_world world;
  auto ticket = world.begun();
  auto call = world.model().last();
  std::string token(1000, 'x');
  std::size_t sent = 0;
  while (sent < 20 * upstream_window_bytes) {
    ASSERT_LT(sent - call->granted, upstream_window_bytes) << "stalled";
    call->say({token});
    sent += token.size();
    world.run();
  }
  call->finish();
  world.run();
  EXPECT_TRUE(world.story(ticket.session).ends_with("generation_completed"));
}

} // namespace hansard::test
