#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

namespace {

using std::chrono::milliseconds;

agent_spec cancelling(std::uint32_t grace_ms) {
  auto spec = chat_world::default_agent();
  spec.on_disconnect = disconnect_policy::cancel;
  spec.disconnect_grace_ms = grace_ms;
  return spec;
}

} // namespace

TEST(DisconnectTest, ATurnThatIsLeftAloneIsCancelledAfterTheGrace) {
  chat_world world{{}, cancelling(10'000)};
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.advance(milliseconds{20'000});
  ann.sink->leave();
  world.advance(milliseconds{9'900});
  EXPECT_EQ(world.rt->running_turns, 1u);
  world.advance(milliseconds{300});
  EXPECT_EQ(world.rt->running_turns, 0u);
  auto cancelled = world.last_of<generation_cancelled>(ticket.session);
  EXPECT_EQ(cancelled.by.principal, server_principal);
  EXPECT_TRUE(world.model().last()->is_let_go());
}

TEST(DisconnectTest, AClientThatComesBackInTimeKeepsTheTurn) {
  chat_world world{{}, cancelling(10'000)};
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  ann.sink->leave();
  world.advance(milliseconds{5'000});
  auto again = world.watch(ticket.session, ann.sink->last());
  world.advance(milliseconds{30'000});
  EXPECT_EQ(world.rt->running_turns, 1u);
}

TEST(DisconnectTest, EachDepartureHasTheWholeGrace) {
  chat_world world{{}, cancelling(10'000)};
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  ann.sink->leave();
  world.advance(milliseconds{6'000});
  auto again = world.watch(ticket.session);
  world.run();
  again.sink->leave();
  world.advance(milliseconds{6'000});
  EXPECT_EQ(world.rt->running_turns, 1u) << "the first grace is over, not this";
  world.advance(milliseconds{5'000});
  EXPECT_EQ(world.rt->running_turns, 0u);
}

TEST(DisconnectTest, ATurnThatNobodyEverWatchedIsCancelledToo) {
  chat_world world{{}, cancelling(1'000)};
  world.begun();
  world.advance(milliseconds{1'100});
  EXPECT_EQ(world.rt->running_turns, 0u);
}

TEST(DisconnectTest, TheGraceOfOneTurnDoesNotEndTheNext) {
  chat_world world{{}, cancelling(10'000)};
  auto first = world.begun();
  world.model().last()->finish();
  world.run();
  world.advance(milliseconds{9'000});
  world.begun("More", first.session);
  world.advance(milliseconds{5'000});
  EXPECT_EQ(world.rt->running_turns, 1u);
}

} // namespace hansard::test
