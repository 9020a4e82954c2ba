#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

using std::chrono::milliseconds;

TEST(LogFailureTest, AFailedAppendIsToldToThoseWhoWait) {
  chat_world world;
  auto opened = world.chatted();
  world.log.fail_for_good();
  auto ticket = world.ask("Hi", opened.session);
  auto renamed = world.rename(opened.session, "x");
  world.run();
  EXPECT_EQ(ticket.why(), ec::storage_failed);
  EXPECT_FALSE(renamed.ok());
  EXPECT_TRUE(renamed.is_there());
  EXPECT_EQ(world.model().calls(), 1u);
  EXPECT_EQ(world.rt->running_turns, 0u);
}

TEST(LogFailureTest, TheProcessIsToldOnce) {
  chat_world world;
  world.begun();
  world.begun();
  world.log.fail_for_good();
  world.model().at(0)->say({"a"});
  world.model().at(1)->say({"b"});
  world.run();
  world.advance(milliseconds{5000});
  ASSERT_EQ(world.fatal.size(), 1u);
  EXPECT_EQ(world.fatal[0].code, ec::storage_failed);
}

TEST(LogFailureTest, ClientsGetNothingThatWasNotRecordedAndAreTold) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.model().last()->say({"recorded"});
  world.run();
  world.log.fail_for_good();
  world.model().last()->say({" lost"});
  world.run();
  world.advance(milliseconds{5000});
  EXPECT_EQ(ann.sink->text(), "recorded");
  ASSERT_TRUE(ann.sink->has_failed());
  EXPECT_EQ(ann.sink->failure()->code, ec::storage_failed);
  EXPECT_EQ(ann.sink->complaint(), "");
  EXPECT_TRUE(world.model().last()->is_let_go());
}

TEST(LogFailureTest, AFailedLogSettlesAndNothingSpins) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.log.fail_for_good();
  world.model().last()->say({"x"});
  std::mt19937_64 rng{1};
  int steps = 0;
  while (steps < 5000 && world.step(rng))
    ++steps;
  EXPECT_LT(steps, 5000);
}

TEST(LogFailureTest, NewTurnsAreRefusedOnceTheLogHasFailed) {
  chat_world world;
  world.begun();
  world.log.fail_for_good();
  world.model().last()->say({"x"});
  world.run();
  auto next = world.ask("Hi");
  world.run();
  EXPECT_EQ(next.why(), ec::storage_failed);
}

TEST(LogFailureTest, ARefusedAppendLosesTheTurnButNotTheSession) {
  chat_world world;
  auto opened = world.chatted();
  auto story = world.story(opened.session);
  world.log.refuse_next(ec::too_large);
  auto ticket = world.ask("Too long", opened.session);
  world.run();
  EXPECT_EQ(ticket.why(), ec::too_large);
  EXPECT_EQ(world.story(opened.session), story);
  world.chatted(opened.session);
  EXPECT_EQ(world.rt->running_turns, 0u);
}

TEST(LogFailureTest, ARefusedFrameEndsTheTurnAsInterrupted) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.log.refuse_next(ec::too_large);
  world.model().last()->say({"x"});
  world.run();
  world.advance(milliseconds{5000});
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->text(), "");
  EXPECT_NE(
      world.story(ticket.session).find("generation_interrupted"),
      std::string::npos);
  EXPECT_TRUE(world.model().last()->is_let_go());
}

TEST(LogFailureTest, ASessionThatCannotBeReadRefusesAndRecovers) {
  chat_world world;
  auto opened = world.chatted();
  world.kill(world.session(opened.session));
  world.log.break_reads(make_error(ec::corrupt, "A bad block."));
  world.run();
  auto ticket = world.ask("Hi", opened.session);
  auto ann = world.watch(opened.session);
  world.run();
  EXPECT_EQ(ticket.why(), ec::corrupt);
  EXPECT_EQ(ann.ticket.why(), ec::corrupt);
  world.log.break_reads(std::nullopt);
  world.advance(milliseconds{120'000});
  auto next = world.ask("Hi", opened.session);
  world.run();
  EXPECT_TRUE(next.ok());
}

TEST(LogFailureTest, AReadThatRunsOutOfMemoryIsAnErrorAndTheReaderLivesOn) {
  chat_world world;
  auto opened = world.chatted();
  world.kill(world.session(opened.session));
  world.log.throw_on_reads(true);
  auto ann = world.watch(opened.session);
  world.run();
  EXPECT_EQ(ann.ticket.why(), ec::internal);
  world.log.throw_on_reads(false);
  world.advance(milliseconds{120'000});
  auto again = world.watch(opened.session);
  world.run();
  EXPECT_TRUE(again.ticket.ok());
  EXPECT_TRUE(again.sink->is_finished());
}

} // namespace hansard::test
