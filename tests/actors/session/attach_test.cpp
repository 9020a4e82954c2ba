#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

namespace {

/// The text of the session's events in (after, last].
std::string text_after(
    const chat_world& world, const session_id& id, stream_version after) {
  std::string text;
  for (const auto& e : world.events(id))
    if (auto* token = std::get_if<token_generated>(&e.body))
      if (e.version > after)
        text += token->text;
  return text;
}

} // namespace

TEST(AttachTest, AClientThatComesLateGetsTheTurnFromItsStart) {
  chat_world world;
  auto ticket = world.begun();
  world.model().last()->say({"a", "b"});
  world.run();
  auto ann = world.watch(ticket.session);
  world.run();
  EXPECT_EQ(ann.ticket.value().after, ticket.after);
  EXPECT_EQ(ann.sink->events().front().version, ticket.after.next());
  world.model().last()->say({"c"});
  world.model().last()->finish();
  world.run();
  EXPECT_EQ(ann.sink->text(), "abc");
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->complaint(), "");
}

TEST(AttachTest, AnEndedTurnIsReadFromTheLog) {
  chat_world world;
  auto ticket = world.chatted();
  auto ann = world.watch(ticket.session);
  world.run();
  ASSERT_TRUE(ann.ticket.ok());
  EXPECT_FALSE(ann.ticket.value().running);
  EXPECT_EQ(ann.sink->text(), "Hello world");
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_FALSE(ann.sink->was_live());
}

TEST(AttachTest, ACursorInTheTurnGivesTheRest) {
  chat_world world;
  auto ticket = world.chatted({}, {"a", "b", "c"});
  stream_version has_a{ticket.after.value + 2};
  auto ann = world.watch(ticket.session, has_a);
  world.run();
  EXPECT_EQ(ann.ticket.value().after, has_a);
  EXPECT_EQ(ann.sink->text(), "bc");
}

TEST(AttachTest, ACursorAtTheEndLeavesNothingToSend) {
  chat_world world;
  auto ticket = world.chatted();
  auto ann =
      world.watch(ticket.session, world.events(ticket.session).back().version);
  world.run();
  ASSERT_TRUE(ann.ticket.ok());
  EXPECT_TRUE(ann.ticket.value().nothing_to_send);
  EXPECT_EQ(ann.sink->deliveries(), 0u);
  EXPECT_EQ(ann.sink.use_count(), 1) << "the sink was not taken";
}

TEST(AttachTest, ACursorBeyondTheEndIsRefused) {
  chat_world world;
  auto ticket = world.chatted();
  auto end = world.events(ticket.session).back().version;
  auto ann = world.watch(ticket.session, end.next());
  auto far = world.watch(ticket.session, stream_version{~std::uint64_t{0}});
  world.run();
  EXPECT_EQ(ann.ticket.why(), ec::invalid_request);
  EXPECT_EQ(far.ticket.why(), ec::invalid_request);
}

TEST(AttachTest, AnOlderTurnCanBeReadAgain) {
  chat_world world;
  auto first = world.chatted({}, {"one"});
  world.chatted(first.session, {"two"});
  auto older = world.watch(first.session, {}, first.turn);
  auto newest = world.watch(first.session);
  world.run();
  EXPECT_EQ(older.sink->text(), "one");
  EXPECT_EQ(newest.sink->text(), "two");
  EXPECT_TRUE(older.sink->is_finished());
}

TEST(AttachTest, ATurnThatTheSessionDoesNotHaveIsNotFound) {
  chat_world world;
  auto mine = world.chatted();
  auto other = world.chatted();
  auto ann = world.watch(mine.session, {}, other.turn);
  world.run();
  EXPECT_EQ(ann.ticket.why(), ec::not_found);
}

TEST(AttachTest, AStreamEndsWithItsTurnAlsoWhereAnotherFollows) {
  chat_world world;
  auto first = world.begun();
  auto ann = world.watch(first.session);
  world.run();
  world.hold_journal();
  world.model().last()->finish();
  world.run();
  ann.sink->stop_reading();
  world.release();
  world.run();
  world.chatted(first.session, {"next"});
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->text(), "");
  EXPECT_EQ(ann.sink->complaint(), "");
}

TEST(AttachTest, ComingsAndGoingsAreRecorded) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  ann.sink->leave("too_slow");
  world.run();
  auto attached = world.last_of<client_attached>(ticket.session);
  EXPECT_EQ(attached.turn, ticket.turn);
  EXPECT_EQ(attached.after, ticket.after);
  auto detached = world.last_of<client_detached>(ticket.session);
  EXPECT_EQ(detached.turn, ticket.turn);
  EXPECT_EQ(detached.reason, "too_slow");
  EXPECT_EQ(detached.last_sent, ann.sink->last());
  EXPECT_EQ(detached.by.principal, "ann");
  EXPECT_TRUE(world.writers(ticket.session).empty());
}

TEST(AttachTest, ATurnGoesOnWithoutItsClients) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.model().last()->say({"a"});
  world.run();
  ann.sink->leave();
  world.run();
  world.model().last()->say({"b"});
  world.model().last()->finish();
  world.run();
  auto again = world.watch(ticket.session, ann.sink->last());
  world.run();
  EXPECT_EQ(ann.sink->text() + again.sink->text(), "ab");
}

// Promise 4: over any number of reconnections, the same bytes.

TEST(Promise4ReplayIsExactTest, EveryCursorOfATurnResumesExactly) {
  chat_world world;
  auto ticket = world.begun();
  for (int i = 0; i < 30; ++i) {
    world.model().last()->say({std::to_string(i) + ' ', "x "});
    world.run();
  }
  world.model().last()->finish();
  world.run();
  auto end = world.events(ticket.session).back().version;
  for (auto at = ticket.after; at < end; at = at.next()) {
    auto ann = world.watch(ticket.session, at);
    world.run();
    ASSERT_EQ(ann.sink->text(), text_after(world, ticket.session, at))
        << at.value;
    ASSERT_TRUE(ann.sink->is_finished()) << at.value;
    ASSERT_EQ(ann.sink->complaint(), "") << at.value;
    ann.sink->leave("finished");
  }
}

TEST(Promise4ReplayIsExactTest, AReaderFarBehindPagesThroughTheLog) {
  chat_world world;
  auto ticket = world.begun();
  std::string text;
  for (int i = 0; i < 100; ++i) {
    std::string token(8000, static_cast<char>('a' + i % 26));
    text += token;
    world.model().last()->say({token});
    world.run();
  }
  auto ann = world.watch(ticket.session);
  world.run();
  EXPECT_EQ(ann.sink->text(), text);
  world.model().last()->say({"end"});
  world.model().last()->finish();
  world.run();
  EXPECT_EQ(ann.sink->text(), text + "end");
  EXPECT_EQ(ann.sink->complaint(), "");
}

TEST(Promise4ReplayIsExactTest, ASlowClientGoesOnFromTheLogWithoutAGap) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  ann.sink->stop_reading();
  std::string text;
  for (int i = 0; i < 100; ++i) {
    std::string token(3000, static_cast<char>('a' + i % 26));
    text += token;
    world.model().last()->say({token});
    world.run();
  }
  EXPECT_LT(ann.sink->text().size(), 2 * sink_high_water_bytes)
      << "its backlog is bounded";
  EXPECT_TRUE(world.story(ticket.session).size() > text.size())
      << "the recording went on";
  ann.sink->read_on();
  world.run();
  EXPECT_EQ(ann.sink->text(), text);
  world.model().last()->say({"end"});
  world.model().last()->finish();
  world.run();
  EXPECT_EQ(ann.sink->text(), text + "end");
  EXPECT_EQ(ann.sink->complaint(), "");
}

TEST(Promise4ReplayIsExactTest, SixtyFourReadersGetTheSame) {
  chat_world world;
  auto ticket = world.begun();
  std::vector<client> readers;
  std::mt19937_64 rng{1};
  for (int i = 0; i < 64; ++i) {
    readers.push_back(world.watch(ticket.session));
    if (i % 3 == 0)
      readers.back().sink->stop_reading();
    world.model().last()->say({std::string(2000, 'x'), std::to_string(i)});
    for (int steps = 0; steps < 50; ++steps)
      world.step(rng);
  }
  world.model().last()->finish();
  for (auto& one : readers)
    one.sink->read_on();
  world.run();
  for (auto& one : readers)
    one.sink->read_on();
  world.run();
  auto text = text_after(world, ticket.session, {});
  for (auto& one : readers) {
    EXPECT_TRUE(one.sink->text() == text);
    EXPECT_TRUE(one.sink->is_finished());
    EXPECT_EQ(one.sink->complaint(), "");
  }
}

TEST(AttachTest, ALogThatCannotBeReadFailsTheSink) {
  chat_world world;
  auto ticket = world.chatted();
  world.hold_readers();
  auto ann = world.watch(ticket.session);
  world.run();
  world.log.break_reads(make_error(ec::corrupt, "A bad block."));
  world.release();
  world.run();
  ASSERT_TRUE(ann.sink->has_failed());
  EXPECT_EQ(ann.sink->failure()->code, ec::corrupt);
}

TEST(AttachTest, ATurnThatIsNamedIsTheOneThatIsSent) {
  chat_world world;
  auto first = world.chatted();
  auto end_of_first = world.events(first.session).back().version;
  auto second = world.chatted(first.session, {"Again"});
  // Its end was seen: the next turn is not what was asked for.
  auto seen = world.watch(first.session, end_of_first, first.turn);
  // A cursor in front of it: from its start.
  auto early = world.watch(first.session, stream_version{1}, second.turn);
  world.run();
  ASSERT_TRUE(seen.ticket.ok());
  EXPECT_TRUE(seen.ticket.value().nothing_to_send);
  EXPECT_TRUE(seen.sink->events().empty());
  EXPECT_EQ(early.sink->text(), "Again");
  // Without a name it is the next one that follows.
  auto next = world.watch(first.session, end_of_first);
  world.run();
  EXPECT_EQ(next.sink->text(), "Again");
}

} // namespace hansard::test
