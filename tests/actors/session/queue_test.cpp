#include "actors/session/session.hpp"
#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

namespace {

/// Messages that meet a running turn.
class BusyTest : public ::testing::Test {
protected:
  pending<turn_ticket>
  ask(const std::string& text, busy_policy busy,
      const std::string& who = "ann") {
    turn_command command;
    command.who = chat_world::user(who);
    command.agent = "agent";
    command.session = running.session;
    command.messages = {chat_world::says(text)};
    command.history = history_hint::delta;
    command.on_busy = busy;
    auto asked = world.ask(std::move(command));
    world.run();
    return asked;
  }

  void complete() {
    world.model().last()->finish();
    world.run();
  }

  std::vector<turn_id> waiting() {
    pending<session_activity> seen;
    auto what = std::make_shared<look_at_session>();
    what->session = running.session;
    what->answer = seen.as_reply();
    caf::anon_send(
        world.rt->services.directory(running.session),
        look_at_session_ptr(what));
    world.run();
    return seen.ok() ? seen.value().queued : std::vector<turn_id>{};
  }

  std::string last_prompt() {
    std::string out;
    for (const auto& m : world.model().last()->request.messages)
      out += plain_text(m.content) + '|';
    return out;
  }

  static controller_options options() {
    controller_options out;
    out.queue_patience = std::chrono::seconds{50};
    return out;
  }

  chat_world world{options()};
  turn_ticket running = world.begun("one");
};

TEST_F(BusyTest, ByDefaultTheSecondMessageIsRefusedAndNamesTheTurn) {
  auto second = ask("two", busy_policy::refuse);
  ASSERT_EQ(second.why(), ec::turn_running);
  auto why = second.failure();
  ASSERT_EQ(why.details.size(), 1u);
  EXPECT_EQ(why.details[0].second, running.turn.to_string());
}

TEST_F(BusyTest, QueuedMessagesBeginInTheirOrder) {
  auto two = ask("two", busy_policy::queue);
  auto three = ask("three", busy_policy::queue);
  EXPECT_FALSE(two.is_there());
  EXPECT_EQ(waiting().size(), 2u);
  complete();
  ASSERT_TRUE(two.ok());
  EXPECT_FALSE(three.is_there());
  EXPECT_EQ(last_prompt(), "one\n\ntwo|") << "the model said nothing to one";
  EXPECT_EQ(waiting().size(), 1u);
  complete();
  ASSERT_TRUE(three.ok());
  EXPECT_EQ(last_prompt(), "one\n\ntwo\n\nthree|");
  EXPECT_TRUE(waiting().empty());
}

TEST_F(BusyTest, TheQueueIsBounded) {
  std::vector<pending<turn_ticket>> asked;
  for (std::size_t i = 0; i < session_shell::max_queued; ++i)
    asked.push_back(ask("more", busy_policy::queue));
  EXPECT_EQ(ask("too many", busy_policy::queue).why(), ec::turn_running);
  EXPECT_EQ(ask("too many", busy_policy::interrupt).why(), ec::turn_running);
  EXPECT_EQ(waiting().size(), session_shell::max_queued);
}

TEST_F(BusyTest, AWaitThatIsTooLongIsRefused) {
  auto two = ask("two", busy_policy::queue);
  world.advance(std::chrono::seconds{49});
  EXPECT_FALSE(two.is_there());
  world.advance(std::chrono::seconds{2});
  EXPECT_EQ(two.why(), ec::turn_running);
  EXPECT_TRUE(waiting().empty());
  complete();
  EXPECT_EQ(world.model().calls(), 1u) << "it was refused, so it never begins";
}

TEST_F(BusyTest, AnInterruptionStopsTheTurnAndComesNext) {
  world.model().last()->say({"half"});
  world.run();
  auto queued = ask("two", busy_policy::queue);
  auto now = ask("now", busy_policy::interrupt);
  ASSERT_TRUE(now.ok());
  EXPECT_FALSE(queued.is_there());
  EXPECT_EQ(last_prompt(), "one|half|now|");
  auto cut = world.last_of<generation_cancelled>(running.session);
  EXPECT_EQ(cut.turn, running.turn);
  EXPECT_EQ(cut.by.principal, "ann");
  complete();
  EXPECT_TRUE(queued.ok());
}

TEST_F(BusyTest, InterruptionsAtTheSameInstantEachBeginInOrder) {
  world.hold_journal();
  auto a = ask("a", busy_policy::interrupt);
  auto b = ask("b", busy_policy::interrupt);
  world.release();
  world.run();
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_TRUE(last_prompt().ends_with("a\n\nb|")) << last_prompt();
  complete();
  EXPECT_TRUE(
      world.story(running.session)
          .ends_with(
              "generation_cancelled " + next_turn + " generation_completed"))
      << world.story(running.session);
}

TEST_F(BusyTest, AnInterruptionOfATurnThatIsNotDurableYetWaitsForIt) {
  complete();
  world.hold_journal();
  auto two = ask("two", busy_policy::refuse);
  auto three = ask("three", busy_policy::interrupt);
  world.release();
  world.run();
  EXPECT_TRUE(two.ok());
  EXPECT_TRUE(three.ok());
  EXPECT_TRUE(last_prompt().ends_with("two\n\nthree|")) << last_prompt();
}

TEST_F(BusyTest, OthersNeitherQueueNorInterrupt) {
  EXPECT_EQ(ask("x", busy_policy::queue, "bob").why(), ec::not_found);
  EXPECT_EQ(ask("x", busy_policy::interrupt, "bob").why(), ec::not_found);
  EXPECT_FALSE(world.model().last()->is_let_go());
}

TEST_F(BusyTest, WhatWaitsIsRefusedByADrain) {
  auto two = ask("two", busy_policy::queue);
  world.rt->draining = true;
  complete();
  EXPECT_EQ(two.why(), ec::draining);
  EXPECT_EQ(world.rt->running_turns, 0u);
}

TEST_F(BusyTest, AFailingLogAnswersWhatWaits) {
  auto two = ask("two", busy_policy::queue);
  world.log.fail_for_good();
  complete();
  EXPECT_TRUE(two.is_there());
  EXPECT_FALSE(two.ok());
}

TEST_F(BusyTest, AnotherAgentsMessageIsRefusedAtOnce) {
  auto spec = chat_world::default_agent();
  spec.did = "other";
  world.register_agent(spec);
  world.allow("ann", "other");
  turn_command command;
  command.who = chat_world::user("ann");
  command.agent = "other";
  command.session = running.session;
  command.messages = {chat_world::says("x")};
  command.on_busy = busy_policy::queue;
  auto asked = world.ask(std::move(command));
  world.run();
  EXPECT_EQ(asked.why(), ec::agent_mismatch);
}

TEST_F(BusyTest, TheSameRequestTwiceInTheQueueIsOneTurn) {
  auto keyed = [this] {
    turn_command command;
    command.who = chat_world::user("ann");
    command.agent = "agent";
    command.session = running.session;
    command.messages = {chat_world::says("two")};
    command.on_busy = busy_policy::queue;
    command.key = idempotency_key{"k", {}};
    auto asked = world.ask(std::move(command));
    world.run();
    return asked;
  };
  auto first = keyed();
  auto second = keyed();
  complete();
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(first.value().turn, second.value().turn);
  EXPECT_EQ(world.model().calls(), 2u);
}

} // namespace

} // namespace hansard::test
