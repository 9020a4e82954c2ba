#include "actors/control/registrar.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/stateful_actor.hpp>

namespace hansard::test {

namespace {

/// Registers a user who is not there yet.
pending<std::monostate>
register_user(actor_world& world, const std::string& name) {
  return world.command([name](const access_directory& access) -> result<event> {
    if (access.find_user(name))
      return make_error(ec::already_exists, "There is such a user.");
    return event{user_registered{name, name, user_role::member, {}}};
  });
}

std::size_t registrations(const actor_world& world, const std::string& name) {
  std::size_t count = 0;
  for (const auto& e : events_of(world.log, control_stream))
    if (auto* user = std::get_if<user_registered>(&e.body))
      count += user->user == name;
  return count;
}

} // namespace

TEST(RegistrarTest, WhatItRecordsIsSeenOnceItIsAnswered) {
  actor_world world;
  world.hold_journal();
  auto done = register_user(world, "ann");
  EXPECT_FALSE(done.is_there());
  EXPECT_FALSE(world.rt->access.find_user("ann"));
  world.release();
  world.run();
  EXPECT_TRUE(done.ok());
  EXPECT_TRUE(world.rt->access.find_user("ann"));
}

TEST(RegistrarTest, EachCommandSeesTheOnesBeforeIt) {
  actor_world world;
  world.hold_journal();
  auto first = register_user(world, "ann");
  auto second = register_user(world, "ann");
  auto third = register_user(world, "bob");
  world.release();
  world.run();
  EXPECT_TRUE(first.ok());
  EXPECT_EQ(second.why(), ec::already_exists);
  EXPECT_TRUE(third.ok());
}

TEST(RegistrarTest, AFailedAppendChangesNothing) {
  actor_world world;
  world.log.refuse_next(ec::too_large);
  auto done = register_user(world, "ann");
  EXPECT_EQ(done.why(), ec::too_large);
  EXPECT_FALSE(world.rt->access.find_user("ann"));
  EXPECT_TRUE(register_user(world, "ann").ok());
}

TEST(RegistrarTest, OneThatReplacesALostOneKnowsWhatWasRecorded) {
  actor_world world;
  register_user(world, "ann");
  world.kill(world.rt->services.registrar());
  EXPECT_EQ(register_user(world, "bob").why(), ec::internal);
  world.start_registrar();
  world.run();
  EXPECT_EQ(register_user(world, "ann").why(), ec::already_exists);
  EXPECT_TRUE(register_user(world, "bob").ok());
}

TEST(RegistrarTest, AnAppendThatOutlivedItsRegistrarIsTakenIn) {
  actor_world world;
  world.hold_journal();
  auto lost = register_user(world, "ann");
  world.kill(world.rt->services.registrar());
  EXPECT_EQ(lost.why(), ec::internal);
  world.start_registrar();
  world.run();
  world.release();
  world.run();
  // The new one began before that append was there.
  auto again = register_user(world, "ann");
  EXPECT_EQ(again.why(), ec::already_exists);
  EXPECT_EQ(registrations(world, "ann"), 1u);
  EXPECT_TRUE(register_user(world, "bob").ok());
  EXPECT_TRUE(world.rt->access.find_user("ann"));
}

TEST(RegistrarTest, AControlStreamThatCannotBeReadIsSaid) {
  actor_world world;
  world.kill(world.rt->services.registrar());
  world.log.break_reads(make_error(ec::corrupt, "A bad block."));
  world.start_registrar();
  world.run();
  EXPECT_EQ(register_user(world, "ann").why(), ec::storage_failed);
}

TEST(Promise7BoundsTest, AdministrativeCommandsThatWaitAreBounded) {
  actor_world world;
  world.hold_journal();
  std::vector<pending<std::monostate>> answers;
  for (std::size_t i = 0; i < registrar_state::max_waiting + 3; ++i)
    answers.push_back(register_user(world, std::to_string(i)));
  std::size_t refused = 0;
  for (const auto& answer : answers)
    refused += answer.why() == ec::overloaded;
  EXPECT_EQ(refused, 2u) << "one is in flight, max_waiting wait";
  world.release();
  world.run();
  for (const auto& answer : answers)
    EXPECT_EQ(answer.answers(), 1);
}

} // namespace hansard::test
