#include "actors/admission/gatekeeper.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/stateful_actor.hpp>

namespace hansard::test {

namespace {

std::size_t refusals(const chat_world& world) {
  return events_of(world.log, access_stream).size();
}

turn_refused last_refusal(const chat_world& world) {
  auto events = events_of(world.log, access_stream);
  return events.empty() ? turn_refused{}
                        : std::get<turn_refused>(events.back().body);
}

} // namespace

TEST(Promise6DeniedByDefaultTest, WhoHasNoGrantIsRefusedAndThatIsRecorded) {
  chat_world world;
  auto ticket = world.ask("Hi", {}, "eve");
  world.run();
  EXPECT_EQ(ticket.why(), ec::forbidden);
  ASSERT_EQ(refusals(world), 1u);
  auto refused = last_refusal(world);
  EXPECT_EQ(refused.by.principal, "eve");
  EXPECT_EQ(refused.by.request, "request");
  EXPECT_EQ(refused.agent, "agent");
  EXPECT_EQ(refused.code, "forbidden");
  EXPECT_EQ(world.model().calls(), 0u);
}

TEST(Promise6DeniedByDefaultTest, ARefusalIsRecordedBeforeItIsTold) {
  chat_world world;
  world.hold_journal();
  auto ticket = world.ask("Hi", {}, "eve");
  world.run();
  EXPECT_FALSE(ticket.is_there());
  world.release();
  world.run();
  EXPECT_EQ(ticket.why(), ec::forbidden);
}

TEST(Promise6DeniedByDefaultTest, ARevokedGrantOpensNothing) {
  chat_world world;
  auto opened = world.chatted();
  auto grant = world.rt->access.grants_of("ann", {}).value().entries.at(0);
  world.command([grant](const access_directory&) -> result<event> {
    return event{grant_revoked{grant.id, "ann", {}}};
  });
  auto ticket = world.ask("Hi", opened.session);
  world.run();
  EXPECT_EQ(ticket.why(), ec::forbidden);
}

TEST(Promise6DeniedByDefaultTest, AnUnknownOrRetiredAgentIsNotFound) {
  chat_world world;
  turn_command command;
  command.who = chat_world::admin();
  command.agent = "nobody";
  command.messages = {chat_world::says("Hi")};
  auto unknown = world.ask(command);
  world.command([](const access_directory&) -> result<event> {
    return event{agent_retired{"agent", {}}};
  });
  command.agent = "agent";
  auto retired = world.ask(command);
  world.run();
  EXPECT_EQ(unknown.why(), ec::not_found);
  EXPECT_EQ(retired.why(), ec::not_found);
  EXPECT_EQ(refusals(world), 2u);
}

TEST(Promise6DeniedByDefaultTest, AnAdmissionNamesWhatAllowedIt) {
  chat_world world;
  auto anns = world.begun();
  EXPECT_EQ(
      world.last_of<turn_admitted>(anns.session).basis,
      world.rt->access.grants_of("ann", {})
          .value()
          .entries.at(0)
          .id.to_string());
  turn_command command;
  command.who = chat_world::admin();
  command.agent = "agent";
  command.messages = {chat_world::says("Hi")};
  auto roots = world.ask(command);
  world.run();
  EXPECT_EQ(
      world.last_of<turn_admitted>(roots.value().session).basis, "role:admin");
}

TEST(Promise6DeniedByDefaultTest, ALostGatekeeperRefusesAndIsReplaced) {
  chat_world world;
  world.hold_journal();
  auto refused = world.ask("Hi", {}, "eve");
  world.run();
  world.kill(world.rt->services.gatekeeper());
  EXPECT_EQ(refused.why(), ec::internal);
  auto meanwhile = world.ask("Hi");
  world.run();
  EXPECT_EQ(meanwhile.why(), ec::internal);
  world.start_gatekeeper();
  world.run();
  world.release();
  world.run();
  for (int i = 0; i < 3; ++i) {
    auto again = world.ask("Hi", {}, "eve");
    world.run();
    EXPECT_EQ(again.why(), ec::forbidden);
  }
  // The first one's append was on its way; of the others at most the one that
  // met it may be missing.
  EXPECT_GE(refusals(world), 3u);
  auto before = refusals(world);
  world.ask("Hi", {}, "eve");
  world.run();
  EXPECT_EQ(refusals(world), before + 1);
}

TEST(GatekeeperTest, ARefusalThatCannotBeRecordedIsStillARefusal) {
  chat_world world;
  world.log.refuse_next(ec::too_large);
  auto ticket = world.ask("Hi", {}, "eve");
  world.run();
  EXPECT_EQ(ticket.why(), ec::forbidden);
  world.ask("Hi", {}, "eve");
  world.run();
  EXPECT_EQ(refusals(world), 1u) << "the next one is recorded again";
}

TEST(GatekeeperTest, ADrainingServerTakesNoTurn) {
  chat_world world;
  world.rt->draining = true;
  auto ticket = world.ask("Hi");
  world.run();
  EXPECT_EQ(ticket.why(), ec::draining);
}

TEST(GatekeeperTest, ATurnThatIsOnItsWayAsTheDrainBeginsIsRefused) {
  chat_world world;
  auto opened = world.chatted();
  world.hold(world.rt->services.directory(opened.session));
  auto ticket = world.ask("Hi", opened.session);
  world.run();
  world.rt->draining = true;
  world.release();
  world.run();
  EXPECT_EQ(ticket.why(), ec::draining);
  EXPECT_EQ(world.rt->running_turns, 0u);
}

TEST(GatekeeperTest, AFullDiskTakesNoTurnUntilThereIsRoom) {
  chat_world world;
  world.advance(std::chrono::milliseconds{1500});
  world.log.set_free_bytes(1024);
  auto full = world.ask("Hi");
  world.run();
  EXPECT_EQ(full.why(), ec::storage_full);
  world.log.set_free_bytes(std::uint64_t{1} << 40);
  world.advance(std::chrono::milliseconds{1500});
  auto room = world.ask("Hi");
  world.run();
  EXPECT_TRUE(room.ok());
}

TEST(Promise7BoundsTest, TurnsThatRunAtOnceAreBounded) {
  controller_options options;
  options.max_running_turns = 3;
  chat_world world{options};
  std::vector<turn_ticket> running;
  for (int i = 0; i < 3; ++i)
    running.push_back(world.begun());
  auto fourth = world.ask("Hi");
  world.run();
  EXPECT_EQ(fourth.why(), ec::overloaded);
  world.model().at(1)->finish();
  world.run();
  auto fifth = world.ask("Hi");
  world.run();
  EXPECT_TRUE(fifth.ok());
  EXPECT_EQ(world.rt->running_turns, 3u);
}

TEST(Promise7BoundsTest, RefusalsThatWaitToBeRecordedAreBounded) {
  chat_world world;
  world.hold_journal();
  std::vector<pending<turn_ticket>> answers;
  for (std::size_t i = 0; i < gatekeeper_state::max_unrecorded + 5; ++i)
    answers.push_back(world.ask("Hi", {}, "eve" + std::to_string(i)));
  world.run();
  std::size_t told = 0;
  for (const auto& answer : answers)
    told += answer.why() == ec::forbidden;
  EXPECT_EQ(told, 5u) << "those beyond the bound are told at once";
  world.release();
  world.run();
  EXPECT_EQ(refusals(world), gatekeeper_state::max_unrecorded);
  EXPECT_EQ(answers.front().why(), ec::forbidden);
}

} // namespace hansard::test
