#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

namespace {

using std::chrono::milliseconds;

controller_options short_lived() {
  controller_options options;
  options.passivate_after = milliseconds{1000};
  return options;
}

} // namespace

TEST(PassivationTest, AnIdleSessionLeavesMemory) {
  chat_world world{short_lived()};
  auto before = world.living();
  world.chatted();
  EXPECT_EQ(world.sessions_in_memory(), 1u);
  world.advance(milliseconds{2000});
  EXPECT_EQ(world.sessions_in_memory(), 0u);
  EXPECT_EQ(world.living(), before);
}

TEST(PassivationTest, ASessionThatWakesGoesOnWhereItWas) {
  chat_world world{short_lived()};
  auto ticket = world.chatted();
  world.advance(milliseconds{2000});
  world.begun("And now?", ticket.session);
  EXPECT_EQ(world.model().last()->request.messages.size(), 3u);
  auto again = world.ask("Hi", ticket.session);
  world.run();
  EXPECT_EQ(again.why(), ec::turn_running);
}

TEST(PassivationTest, ARunningTurnKeepsItsSession) {
  chat_world world{short_lived()};
  auto ticket = world.begun();
  world.advance(milliseconds{10'000});
  EXPECT_TRUE(world.session(ticket.session));
  world.model().last()->finish();
  world.advance(milliseconds{2000});
  EXPECT_EQ(world.sessions_in_memory(), 0u);
}

TEST(PassivationTest, AnAttachedClientKeepsItsSession) {
  chat_world world{short_lived()};
  auto ticket = world.chatted();
  auto ann = world.watch(ticket.session);
  world.advance(milliseconds{5000});
  EXPECT_EQ(world.sessions_in_memory(), 1u);
  ann.sink->leave("finished");
  world.advance(milliseconds{3000});
  EXPECT_EQ(world.sessions_in_memory(), 0u);
}

TEST(PassivationTest, ACommandThatMeetsASessionAboutToLeaveIsServed) {
  chat_world world{short_lived()};
  auto ticket = world.chatted();
  auto directory = world.rt->services.directory(ticket.session);
  // The session asks to leave, and its directory hears that only after it has
  // sent it another command.
  caf::anon_send(world.session(ticket.session), consider_passivation{});
  world.hold(directory);
  world.run();
  world.release();
  auto next = world.ask("Hi", ticket.session);
  world.run();
  EXPECT_TRUE(next.ok());
  auto third = world.rename(ticket.session, "x");
  world.run();
  EXPECT_TRUE(third.ok());
}

TEST(PassivationTest, AnyOrderOfCommandsAndLeavingServesEveryCommand) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 rng{seed};
    chat_world world{short_lived()};
    auto ticket = world.chatted();
    std::vector<pending<stream_version>> answers;
    for (int i = 0; i < 30; ++i) {
      if (auto session = world.session(ticket.session))
        caf::anon_send(session, consider_passivation{});
      if (rng() % 2)
        answers.push_back(world.rename(ticket.session, "x"));
      for (auto steps = rng() % 12; steps > 0; --steps)
        world.step(rng);
    }
    world.run();
    for (const auto& answer : answers)
      ASSERT_TRUE(answer.ok()) << "seed " << seed;
  }
}

TEST(PassivationTest, ALongLifeLeavesNoActorBehind) {
  chat_world world{short_lived()};
  auto before = world.living();
  for (int i = 0; i < 100; ++i) {
    auto ticket = world.begun();
    auto ann = world.watch(ticket.session);
    world.model().last()->say({"x"});
    world.model().last()->finish();
    world.run();
    ann.sink->leave("finished");
  }
  world.advance(milliseconds{5000});
  EXPECT_EQ(world.living(), before);
  EXPECT_EQ(world.rt->running_turns, 0u);
}

TEST(PassivationTest, IdsThatNameNoSessionHoldNoMemory) {
  chat_world world;
  auto before = world.living();
  for (unsigned i = 0; i < 100; ++i)
    world.watch(session_id{make_ulid(1'750'000'000'000, 9, i)});
  world.run();
  EXPECT_EQ(world.sessions_in_memory(), 0u);
  EXPECT_EQ(world.living(), before);
}

} // namespace hansard::test
