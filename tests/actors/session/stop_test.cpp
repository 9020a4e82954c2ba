#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

TEST(StopTest, ATurnIsStoppedBeforeItsFirstToken) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  auto stopped = world.stop(ticket.session);
  world.run();
  ASSERT_TRUE(stopped.ok());
  EXPECT_EQ(stopped.value().turn, ticket.turn);
  EXPECT_TRUE(world.model().last()->is_let_go());
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->complaint(), "");
  EXPECT_EQ(
      world.last_of<generation_cancelled>(ticket.session).by.principal, "ann");
}

TEST(StopTest, ATurnIsStoppedBeforeItIsDurable) {
  chat_world world;
  auto opened = world.chatted();
  world.hold_journal();
  auto ticket = world.ask("Hi", opened.session);
  world.run();
  auto stopped = world.stop(opened.session);
  world.run();
  world.release();
  world.run();
  ASSERT_TRUE(ticket.ok());
  ASSERT_TRUE(stopped.ok());
  EXPECT_EQ(stopped.value().turn, ticket.value().turn);
  EXPECT_EQ(world.model().calls(), 1u) << "the stopped turn called no model";
  EXPECT_TRUE(world.story(opened.session)
                  .ends_with(next_turn + " generation_cancelled"));
}

TEST(StopTest, WhatWasSaidBeforeAStopIsKept) {
  chat_world world;
  auto ticket = world.begun();
  world.model().last()->say({"half an"});
  world.run();
  world.stop(ticket.session);
  world.model().last()->say({" answer"});
  world.run();
  auto story = world.story(ticket.session);
  EXPECT_TRUE(story.ends_with("generation_cancelled")) << story;
  world.begun("Go on", ticket.session);
  EXPECT_TRUE(world.model().last()->request.messages.at(1).content.starts_with(
      "\"half an"));
}

TEST(StopTest, StoppingTwiceRecordsOneEnding) {
  chat_world world;
  auto ticket = world.begun();
  auto first = world.stop(ticket.session);
  auto second = world.stop(ticket.session);
  world.run();
  auto third = world.stop(ticket.session);
  world.run();
  ASSERT_TRUE(first.ok() && second.ok() && third.ok());
  EXPECT_EQ(first.value().turn, ticket.turn);
  EXPECT_TRUE(third.value().turn.is_nil());
  EXPECT_EQ(world.story(ticket.session), opening + " generation_cancelled");
}

TEST(StopTest, AStopForAnEarlierTurnLeavesTheRunningOneAlone) {
  chat_world world;
  auto first = world.chatted();
  auto second = world.begun("More", first.session);
  auto stale = world.stop(first.session, first.turn);
  world.run();
  ASSERT_TRUE(stale.ok());
  EXPECT_TRUE(stale.value().turn.is_nil());
  EXPECT_FALSE(world.model().last()->is_let_go());
  auto named = world.stop(first.session, second.turn);
  world.run();
  EXPECT_EQ(named.value().turn, second.turn);
}

TEST(StopTest, AStopAfterTheEndChangesNothing) {
  chat_world world;
  auto ticket = world.chatted();
  auto story = world.story(ticket.session);
  auto stopped = world.stop(ticket.session, ticket.turn);
  world.run();
  ASSERT_TRUE(stopped.ok());
  EXPECT_TRUE(stopped.value().turn.is_nil());
  EXPECT_EQ(world.story(ticket.session), story);
}

TEST(StopTest, AStopThatRacesWithTheModelsEndGivesOneEnding) {
  for (bool model_first : {true, false}) {
    chat_world world;
    auto ticket = world.begun();
    if (model_first)
      world.model().last()->finish();
    world.stop(ticket.session);
    if (!model_first)
      world.model().last()->finish();
    world.run();
    std::size_t endings = 0;
    for (const auto& e : world.events(ticket.session))
      endings += ends_turn(e.body);
    EXPECT_EQ(endings, 1u);
    EXPECT_EQ(world.rt->running_turns, 0u);
  }
}

TEST(StopTest, AStoppedSessionTakesTheNextMessage) {
  chat_world world;
  auto ticket = world.begun();
  world.stop(ticket.session);
  world.run();
  auto next = world.chatted(ticket.session);
  EXPECT_TRUE(world.story(ticket.session)
                  .ends_with(
                      next_turn
                      + " \"Hello world\" "
                        "generation_completed"));
  EXPECT_NE(next.turn, ticket.turn);
}

} // namespace hansard::test
