#include "actors/session/session.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/stateful_actor.hpp>

namespace hansard::test {

TEST(Promise7BoundsTest, CommandsThatWaitForALoadAreBounded) {
  chat_world world;
  auto ticket = world.chatted();
  world.kill(world.session(ticket.session));
  world.hold_readers();
  world.run();
  std::vector<pending<stop_ticket>> answers;
  for (std::size_t i = 0; i < session_shell::max_waiting + 4; ++i)
    answers.push_back(world.stop(ticket.session));
  world.run();
  std::size_t refused = 0;
  for (const auto& answer : answers)
    refused += answer.why() == ec::overloaded;
  EXPECT_EQ(refused, 4u);
  world.release();
  world.run();
  for (const auto& answer : answers)
    EXPECT_EQ(answer.answers(), 1);
  EXPECT_TRUE(answers.front().ok());
}

TEST(Promise7BoundsTest, ClientsOfOneSessionAreBounded) {
  chat_world world;
  auto ticket = world.begun();
  std::vector<client> clients;
  // That a client came is an event, and events go to all clients: each would
  // keep that of each other here.
  world.hold_journal();
  for (std::size_t i = 0; i < session_shell::max_writers + 2; ++i)
    clients.push_back(world.watch(ticket.session));
  world.run();
  EXPECT_TRUE(clients.front().ticket.ok());
  EXPECT_EQ(clients.back().ticket.why(), ec::overloaded);
  EXPECT_EQ(
      clients.at(session_shell::max_writers).ticket.why(), ec::overloaded);
  clients.front().sink->leave();
  world.run();
  auto next = world.watch(ticket.session);
  world.run();
  EXPECT_TRUE(next.ticket.ok());
  for (const auto& one : clients)
    one.sink->leave();
  world.run();
}

TEST(Promise7BoundsTest, AStoppedClientHoldsABoundedBacklog) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  ann.sink->stop_reading();
  for (int i = 0; i < 300; ++i) {
    world.model().last()->say({std::string(4000, 'x')});
    world.run();
  }
  EXPECT_LE(ann.sink->backlog_bytes(), sink_high_water_bytes + 4000);
}

} // namespace hansard::test
