#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

namespace {

session_id unknown_session() {
  return session_id{make_ulid(1'750'000'000'000, 7, 7)};
}

agent_spec another_agent() {
  auto spec = chat_world::default_agent();
  spec.did = "other";
  return spec;
}

} // namespace

TEST(RefusalTest, ASecondTurnIsRefusedWithTheIdOfTheFirst) {
  chat_world world;
  auto first = world.begun();
  auto second = world.ask("Me too", first.session);
  world.run();
  ASSERT_EQ(second.why(), ec::turn_running);
  EXPECT_EQ(
      second.failure().details,
      (decltype(error::details){{"turnId", first.turn.to_string()}}));
  EXPECT_EQ(world.story(first.session), opening);
}

TEST(RefusalTest, ASecondTurnIsRefusedBeforeTheFirstIsDurable) {
  chat_world world;
  auto opened = world.chatted();
  world.hold_journal();
  auto first = world.ask("One", opened.session);
  auto second = world.ask("Two", opened.session);
  world.run();
  EXPECT_FALSE(first.is_there());
  ASSERT_EQ(second.why(), ec::turn_running);
  world.release();
  world.run();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(
      second.failure().details.at(0).second, first.value().turn.to_string());
}

TEST(RefusalTest, ASecondTurnIsRefusedUntilTheEndingIsDurable) {
  chat_world world;
  auto first = world.begun();
  world.hold_journal();
  world.model().last()->finish();
  world.run();
  auto second = world.ask("Two", first.session);
  world.run();
  EXPECT_EQ(second.why(), ec::turn_running);
  world.release();
  world.run();
  auto third = world.ask("Three", first.session);
  world.run();
  EXPECT_TRUE(third.ok());
}

TEST(RefusalTest, ARefusedTurnGivesItsPlaceBack) {
  chat_world world;
  auto first = world.begun();
  world.ask("Two", first.session);
  world.run();
  EXPECT_EQ(world.rt->running_turns, 1u);
}

TEST(RefusalTest, AnotherOwnersSessionLooksLikeNone) {
  chat_world world;
  auto anns = world.chatted();
  auto strange = world.ask("Hi", anns.session, "bob");
  auto missing = world.ask("Hi", unknown_session(), "bob");
  world.run();
  ASSERT_EQ(strange.why(), ec::not_found);
  ASSERT_EQ(missing.why(), ec::not_found);
  EXPECT_EQ(strange.failure().message, missing.failure().message);
  EXPECT_EQ(strange.failure().details, missing.failure().details);
}

TEST(Promise6DeniedByDefaultTest, NobodyReadsStopsOrRenamesAStrangersSession) {
  chat_world world;
  auto ticket = world.begun();
  auto bob = chat_world::user("bob");
  auto story = world.story(ticket.session);
  auto watched = world.watch(ticket.session, {}, {}, bob);
  auto stopped = world.stop(ticket.session, {}, bob);
  auto renamed = world.rename(ticket.session, "mine", bob);
  auto nowhere = world.stop(unknown_session(), {}, bob);
  world.run();
  EXPECT_EQ(watched.ticket.why(), ec::not_found);
  EXPECT_EQ(stopped.why(), ec::not_found);
  EXPECT_EQ(renamed.why(), ec::not_found);
  ASSERT_EQ(nowhere.why(), ec::not_found);
  EXPECT_EQ(stopped.failure().message, nowhere.failure().message);
  EXPECT_EQ(watched.sink->deliveries(), 0u);
  EXPECT_EQ(world.story(ticket.session), story);
}

TEST(RefusalTest, AnAdminMayReadAndStopAnybodysSession) {
  chat_world world;
  auto ticket = world.begun();
  auto watched = world.watch(ticket.session, {}, {}, chat_world::admin());
  auto stopped = world.stop(ticket.session, {}, chat_world::admin());
  world.run();
  EXPECT_TRUE(watched.ticket.ok());
  ASSERT_TRUE(stopped.ok());
  EXPECT_EQ(stopped.value().turn, ticket.turn);
  EXPECT_EQ(
      world.last_of<generation_cancelled>(ticket.session).by.principal, "root");
}

TEST(RefusalTest, ASessionKeepsItsAgent) {
  chat_world world;
  world.register_agent(another_agent());
  world.allow("ann", "other");
  auto ticket = world.chatted();
  turn_command command;
  command.who = chat_world::user("ann");
  command.agent = "other";
  command.session = ticket.session;
  command.messages = {chat_world::says("Hi")};
  auto answer = world.ask(std::move(command));
  world.run();
  EXPECT_EQ(answer.why(), ec::agent_mismatch);
}

namespace {

pending<turn_ticket>
ask_with_history(chat_world& world, const session_id& session) {
  turn_command command;
  command.who = chat_world::user("ann");
  command.agent = "agent";
  command.session = session;
  auto other = chat_world::says("Something else");
  other.role = role::assistant;
  command.messages = {
      chat_world::says("Hi"), std::move(other), chat_world::says("So?")};
  command.history = history_hint::full;
  auto answer = world.ask(std::move(command));
  world.run();
  return answer;
}

} // namespace

TEST(RefusalTest, AStrictAgentRefusesAHistoryThatContradictsTheRecord) {
  auto spec = chat_world::default_agent();
  spec.history = history_policy::strict;
  chat_world world{{}, spec};
  auto ticket = world.chatted();
  auto story = world.story(ticket.session);
  EXPECT_EQ(
      ask_with_history(world, ticket.session).why(), ec::history_conflict);
  EXPECT_EQ(world.story(ticket.session), story);
}

TEST(TurnTest, AHistoryThatDepartsFromTheRecordMakesABranch) {
  chat_world world;
  auto ticket = world.chatted();
  ASSERT_TRUE(ask_with_history(world, ticket.session).ok());
  const auto& messages = world.model().last()->request.messages;
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[1].content, "\"Something else\"");
  EXPECT_EQ(messages[1].origin, origin::claimed);
  EXPECT_EQ(world.last_of<messages_received>(ticket.session).keep, 1u);
}

TEST(RefusalTest, AProviderThatIsNotThereEndsTheTurnAsFailed) {
  auto spec = chat_world::default_agent();
  spec.provider = "nobody";
  chat_world world{{}, spec};
  auto ticket = world.ask("Hi");
  world.run();
  ASSERT_TRUE(ticket.ok());
  EXPECT_EQ(
      world.story(ticket.value().session), opening + " generation_failed");
  EXPECT_EQ(world.rt->running_turns, 0u);
}

TEST(Promise7BoundsTest, ARefusedNewSessionLeavesNothingInMemory) {
  chat_world world;
  turn_command command;
  command.who = chat_world::user("ann");
  command.agent = "agent";
  command.messages = {};
  for (int i = 0; i < 10; ++i) {
    auto copy = command;
    copy.session = session_id{make_ulid(1'750'000'000'000, 9, 100u + i)};
    copy.messages = {chat_world::says("Hi")};
    world.ask(std::move(copy));
  }
  world.run();
  EXPECT_EQ(world.sessions_in_memory(), 0u);
}

} // namespace hansard::test
