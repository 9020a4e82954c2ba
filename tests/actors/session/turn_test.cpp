#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

using testing::ElementsAre;

TEST(TurnTest, AWholeTurnIsRecordedAndShown) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  ASSERT_TRUE(ann.ticket.ok());
  EXPECT_TRUE(ann.ticket.value().running);
  world.model().last()->say({"Hello", " world"});
  world.model().last()->finish();
  world.run();
  EXPECT_EQ(ann.sink->text(), "Hello world");
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->complaint(), "");
  EXPECT_EQ(
      world.story(ticket.session),
      opening + " client_attached \"Hello world\" generation_completed");
  EXPECT_EQ(world.rt->running_turns, 0u);
}

TEST(TurnTest, TheModelGetsTheWholeConversation) {
  chat_world world;
  auto first = world.chatted();
  world.begun("And now?", first.session);
  const auto& request = world.model().last()->request;
  ASSERT_EQ(request.messages.size(), 3u);
  EXPECT_EQ(request.messages[0].content, "\"Hi\"");
  EXPECT_EQ(request.messages[1].content, "\"Hello world\"");
  EXPECT_EQ(request.messages[1].origin, origin::generated);
  EXPECT_EQ(request.messages[2].content, "\"And now?\"");
  EXPECT_EQ(request.model, "model-1");
  EXPECT_EQ(request.session, first.session);
}

TEST(TurnTest, TheTicketSaysWhereTheAnswerBegins) {
  chat_world world;
  auto ticket = world.chatted();
  auto events = world.events(ticket.session);
  auto& admitted = events.at(ticket.after.value - 1);
  ASSERT_TRUE(std::holds_alternative<turn_admitted>(admitted.body));
  EXPECT_EQ(std::get<turn_admitted>(admitted.body).turn, ticket.turn);
}

TEST(TurnTest, TokensKeepTheTimesAtWhichTheyCame) {
  chat_world world;
  auto ticket = world.begun();
  auto first = world.now();
  world.model().last()->say({"a"});
  world.advance(std::chrono::milliseconds{250});
  auto second = world.now();
  world.model().last()->say({"b"});
  world.model().last()->finish();
  world.run();
  std::vector<timestamp> times;
  for (const auto& e : world.events(ticket.session))
    if (std::holds_alternative<token_generated>(e.body))
      times.push_back(e.at);
  EXPECT_THAT(times, ElementsAre(first, second));
}

TEST(TurnTest, TokensThatArriveDuringAnAppendLeaveTogether) {
  chat_world world;
  auto ticket = world.begun();
  world.hold_journal();
  world.model().last()->say({"a"});
  world.run();
  auto before = world.log.groups().size();
  for (int i = 0; i < 20; ++i) {
    world.model().last()->say({"b"});
    world.run();
  }
  world.release();
  world.run();
  EXPECT_EQ(world.log.groups().size(), before + 2);
  EXPECT_EQ(
      world.story(ticket.session),
      opening + " \"a" + std::string(20, 'b') + '"');
}

TEST(TurnTest, SessionsShareOneWrite) {
  chat_world world;
  std::vector<turn_ticket> tickets;
  for (int i = 0; i < 8; ++i)
    tickets.push_back(world.begun());
  world.hold_journal();
  for (std::size_t i = 0; i < tickets.size(); ++i)
    world.model().at(i)->say({"x"});
  world.run();
  world.release();
  world.run();
  EXPECT_EQ(world.log.groups().back(), tickets.size());
}

TEST(TurnTest, ToolCallsAndReportedUsageAreRecorded) {
  chat_world world;
  auto ticket = world.begun();
  token_usage usage;
  usage.source = usage_source::reported;
  usage.prompt = 11;
  usage.completion = 7;
  tool_call_generated call;
  call.id = "call_1";
  call.function = "search";
  call.arguments = "{}";
  world.model().last()->finish(ending::tool_calls, usage, {call});
  world.run();
  EXPECT_EQ(
      world.story(ticket.session),
      opening + " tool_call_generated generation_completed");
  EXPECT_EQ(
      world.last_of<tool_call_generated>(ticket.session).turn, ticket.turn);
  auto completed = world.last_of<generation_completed>(ticket.session);
  EXPECT_EQ(completed.ending, ending::tool_calls);
  EXPECT_EQ(completed.usage, usage);
}

TEST(TurnTest, UsageThatTheProviderKeepsToItselfIsEstimatedAndMarked) {
  chat_world world;
  auto ticket = world.chatted();
  auto usage = world.last_of<generation_completed>(ticket.session).usage;
  EXPECT_EQ(usage.source, usage_source::estimated);
  EXPECT_EQ(usage.completion, 2u);
}

TEST(TurnTest, ATurnIsCutAtItsTokenCap) {
  auto spec = chat_world::default_agent();
  spec.max_output_tokens = 3;
  chat_world world{{}, spec};
  auto ticket = world.begun();
  world.model().last()->say({"a", "b"});
  world.run();
  EXPECT_FALSE(world.model().last()->is_let_go());
  // One read brings more than there is room for.
  world.model().last()->say({"c", "d", "e"});
  world.run();
  EXPECT_TRUE(world.model().last()->is_let_go());
  world.model().last()->say({"f"});
  world.run();
  auto completed = world.last_of<generation_completed>(ticket.session);
  EXPECT_EQ(completed.ending, ending::length);
  EXPECT_EQ(
      world.story(ticket.session), opening + " \"abc\" generation_completed");
}

TEST(TurnTest, ATurnIsCutAtItsTimeCap) {
  auto spec = chat_world::default_agent();
  spec.max_turn_ms = 1000;
  chat_world world{{}, spec};
  auto ticket = world.begun();
  world.model().last()->say({"a"});
  world.advance(std::chrono::milliseconds{1001});
  world.model().last()->say({"b"});
  world.run();
  auto cancelled = world.last_of<generation_cancelled>(ticket.session);
  EXPECT_EQ(cancelled.reason, "time_limit");
  EXPECT_EQ(cancelled.by.principal, server_principal);
  EXPECT_TRUE(world.model().last()->is_let_go());
}

TEST(TurnTest, AnEndedTurnIsSealed) {
  chat_world world;
  world.chatted();
  EXPECT_EQ(world.log.seals(), 1u);
  std::size_t unsealed = 0;
  ASSERT_TRUE(world.log.visit_unsealed([&unsealed](stream_id) {
    ++unsealed;
    return true;
  }));
  EXPECT_EQ(unsealed, 0u);
}

TEST(TurnTest, ATitleChangesOnceItIsRecorded) {
  chat_world world;
  auto ticket = world.chatted();
  auto renamed = world.rename(ticket.session, "New name");
  world.run();
  ASSERT_TRUE(renamed.ok());
  EXPECT_EQ(renamed.value(), world.events(ticket.session).back().version);
  EXPECT_EQ(world.last_of<title_changed>(ticket.session).title, "New name");
}

// Promise 1: no part of an answer leaves before it is durable.

TEST(Promise1RecordedBeforeShownTest, ATurnIsNotAcknowledgedBeforeItIsDurable) {
  chat_world world;
  world.hold_journal();
  auto ticket = world.ask("Hi");
  world.run();
  EXPECT_FALSE(ticket.is_there());
  EXPECT_EQ(world.model().calls(), 0u);
  world.release();
  world.run();
  EXPECT_TRUE(ticket.ok());
  EXPECT_EQ(world.model().calls(), 1u);
}

TEST(Promise1RecordedBeforeShownTest, TokensAreNotShownBeforeTheyAreDurable) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.hold_journal();
  world.model().last()->say({"secret"});
  world.run();
  EXPECT_EQ(ann.sink->text(), "");
  world.release();
  world.run();
  EXPECT_EQ(ann.sink->text(), "secret");
}

TEST(Promise1RecordedBeforeShownTest, AnEndingIsNotShownBeforeItIsDurable) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.hold_journal();
  world.model().last()->finish();
  world.run();
  EXPECT_FALSE(ann.sink->is_finished());
  world.release();
  world.run();
  EXPECT_TRUE(ann.sink->is_finished());
}

TEST(Promise1RecordedBeforeShownTest, AStopIsNotConfirmedBeforeItIsDurable) {
  chat_world world;
  auto ticket = world.begun();
  world.hold_journal();
  auto stopped = world.stop(ticket.session);
  auto renamed = world.rename(ticket.session, "x");
  world.run();
  EXPECT_FALSE(stopped.is_there());
  EXPECT_FALSE(renamed.is_there());
  world.release();
  world.run();
  EXPECT_TRUE(stopped.ok());
  EXPECT_TRUE(renamed.ok());
}

TEST(Promise1RecordedBeforeShownTest, AClientThatAttachesSeesOnlyTheDurable) {
  chat_world world;
  auto ticket = world.begun();
  world.model().last()->say({"a"});
  world.run();
  world.hold_journal();
  world.model().last()->say({"b"});
  auto ann = world.watch(ticket.session);
  world.run();
  EXPECT_EQ(ann.sink->text(), "a");
  world.release();
  world.run();
  EXPECT_EQ(ann.sink->text(), "ab");
}

} // namespace hansard::test
