#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

using std::chrono::milliseconds;

TEST(DeathTest, ALostWorkerEndsItsTurnAsFailed) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.model().last()->say({"half"});
  world.run();
  world.kill(world.worker(ticket.session));
  world.run();
  EXPECT_TRUE(world.model().last()->dropped);
  EXPECT_TRUE(ann.sink->is_finished());
  auto failed = world.last_of<generation_failed>(ticket.session);
  EXPECT_EQ(failed.code, "internal");
  EXPECT_EQ(world.rt->running_turns, 0u);
  world.chatted(ticket.session);
}

TEST(DeathTest, ALostSessionsTurnIsInterruptedAndItsClientsGetTheEnding) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.model().last()->say({"half"});
  world.run();
  world.kill(world.session(ticket.session));
  world.run();
  EXPECT_TRUE(world.model().last()->is_let_go());
  EXPECT_EQ(ann.sink->text(), "half");
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->complaint(), "");
  EXPECT_TRUE(
      world.story(ticket.session).find("\"half\" generation_interrupted")
      != std::string::npos);
  EXPECT_EQ(world.rt->running_turns, 0u);
  world.chatted(ticket.session);
}

TEST(DeathTest, ALostSessionsTurnIsInterruptedThoughNobodyWatches) {
  chat_world world;
  auto ticket = world.begun();
  world.kill(world.session(ticket.session));
  world.run();
  EXPECT_EQ(world.story(ticket.session), opening + " generation_interrupted");
}

TEST(DeathTest, WhatALostSessionHadInFlightIsPartOfTheTurn) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.hold_journal();
  world.model().last()->say({"late"});
  world.run();
  world.kill(world.session(ticket.session));
  world.run();
  world.release();
  world.run();
  world.advance(milliseconds{5000});
  EXPECT_TRUE(
      world.story(ticket.session).find("\"late\" generation_interrupted")
      != std::string::npos)
      << world.story(ticket.session);
  EXPECT_EQ(ann.sink->text(), "late");
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->complaint(), "");
}

TEST(DeathTest, ATurnWhoseSessionDiesAsItBeginsIsClosed) {
  chat_world world;
  auto opened = world.chatted();
  world.hold_journal();
  auto lost = world.ask("Hi", opened.session);
  world.run();
  world.kill(world.session(opened.session));
  EXPECT_EQ(lost.why(), ec::internal) << "nobody waits for what can't come";
  world.run();
  world.release();
  world.run();
  auto next = world.ask("Again", opened.session);
  world.run();
  EXPECT_TRUE(next.ok());
  EXPECT_TRUE(
      world.story(opened.session)
          .ends_with(next_turn + " generation_interrupted " + next_turn))
      << world.story(opened.session);
}

TEST(DeathTest, ALostWriterFailsItsSinkAndTheTurnGoesOn) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  auto bob = world.watch(ticket.session);
  world.run();
  world.kill(world.writers(ticket.session).at(0));
  world.run();
  ASSERT_TRUE(ann.sink->has_failed());
  EXPECT_EQ(ann.sink->failure()->code, ec::internal);
  EXPECT_EQ(ann.sink->complaint(), "");
  EXPECT_EQ(world.last_of<client_detached>(ticket.session).reason, "lost");
  world.model().last()->say({"on"});
  world.model().last()->finish();
  world.run();
  EXPECT_EQ(bob.sink->text(), "on");
  EXPECT_TRUE(bob.sink->is_finished());
}

TEST(DeathTest, AWriterThatHadRejoinedFailsItsSinkTooWhenItIsLost) {
  chat_world world;
  auto first = world.chatted();
  auto ticket = world.begun("More", first.session);
  auto ann = world.watch(ticket.session);
  world.run();
  ann.sink->stop_reading();
  world.kill(world.session(ticket.session));
  world.hold_readers();
  world.run();
  auto again = world.watch(ticket.session);
  world.release();
  world.run();
  for (const auto& writer : world.writers(ticket.session))
    world.kill(writer);
  world.run();
  for (const auto& one : {ann, again}) {
    EXPECT_TRUE(one.sink->is_finished() || one.sink->has_failed());
    EXPECT_EQ(one.sink->complaint(), "");
  }
}

TEST(DeathTest, ClientsOfALostSessionAreStillAccountedFor) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.kill(world.session(ticket.session));
  world.run();
  ann.sink->leave("finished");
  world.run();
  auto detached = world.last_of<client_detached>(ticket.session);
  EXPECT_EQ(detached.turn, ticket.turn);
  EXPECT_EQ(detached.by.principal, "ann");
  EXPECT_EQ(detached.reason, "finished");
}

TEST(DeathTest, ALostDirectoryTakesItsSessionsAlong) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.model().last()->say({"half"});
  world.run();
  auto shard = world.shard_of(ticket.session);
  auto session = world.session(ticket.session);
  world.kill(world.rt->services.directory(ticket.session));
  world.start_directory(shard);
  world.run();
  EXPECT_TRUE(
      actor_world::is_dead(caf::actor_cast<caf::strong_actor_ptr>(session)));
  session = nullptr;
  world.advance(milliseconds{5000});
  EXPECT_TRUE(world.model().last()->is_let_go());
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->text(), "half");
  EXPECT_EQ(ann.sink->complaint(), "");
  EXPECT_EQ(world.rt->running_turns, 0u);
  world.chatted(ticket.session);
}

TEST(DeathTest, ClientsWaitForADirectoryThatIsReplacedLater) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  auto shard = world.shard_of(ticket.session);
  world.kill(world.rt->services.directory(ticket.session));
  world.run();
  world.advance(milliseconds{100});
  world.start_directory(shard);
  world.advance(milliseconds{5000});
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->complaint(), "");
}

TEST(DeathTest, ATurnOfALostDirectoryIsInterruptedThoughNobodyAsks) {
  chat_world world;
  auto ticket = world.begun();
  auto shard = world.shard_of(ticket.session);
  world.kill(world.rt->services.directory(ticket.session));
  world.start_directory(shard);
  world.advance(milliseconds{2000});
  EXPECT_EQ(world.story(ticket.session), opening + " generation_interrupted");
}

TEST(DeathTest, AClientThatCannotBeTakenOverIsToldSo) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.kill(world.rt->services.directory(ticket.session));
  world.run();
  world.advance(milliseconds{60'000});
  ASSERT_TRUE(ann.sink->has_failed());
  EXPECT_EQ(ann.sink->failure()->code, ec::internal);
}

TEST(DeathTest, ALoadThatIsLostWithItsReaderIsAskedForAgain) {
  chat_world world;
  auto ticket = world.chatted();
  world.kill(world.session(ticket.session));
  world.hold_readers();
  world.run();
  auto ann = world.watch(ticket.session);
  world.run();
  world.kill(world.rt->services.reader(ticket.session));
  world.release();
  world.run();
  EXPECT_FALSE(ann.ticket.is_there());
  world.replace_dead();
  world.advance(milliseconds{300});
  EXPECT_TRUE(ann.ticket.ok());
  EXPECT_TRUE(ann.sink->is_finished());
}

TEST(DeathTest, APageThatIsLostWithItsReaderIsAskedForAgain) {
  chat_world world;
  auto ticket = world.chatted();
  world.hold_readers();
  auto ann = world.watch(ticket.session);
  world.run();
  world.kill(world.rt->services.reader(ticket.session));
  world.release();
  world.advance(milliseconds{1000});
  EXPECT_FALSE(ann.sink->is_finished());
  world.replace_dead();
  world.advance(milliseconds{300});
  EXPECT_EQ(ann.sink->text(), "Hello world");
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(ann.sink->complaint(), "");
}

TEST(DeathTest, ALoadThatFailedIsTriedAgainForThoseWhoAreAttached) {
  chat_world world;
  auto ticket = world.begun();
  auto ann = world.watch(ticket.session);
  world.run();
  world.log.break_reads(make_error(ec::corrupt, "A bad block."));
  world.kill(world.session(ticket.session));
  world.advance(milliseconds{500});
  world.log.break_reads(std::nullopt);
  world.advance(milliseconds{1500});
  EXPECT_FALSE(ann.sink->has_left());
  EXPECT_THAT(
      world.story(ticket.session), testing::EndsWith("generation_interrupted"));
  auto next = world.ask("Hi", ticket.session);
  world.run();
  EXPECT_TRUE(next.ok());
}

TEST(DeathTest, WhoWaitsForAReaderCanBeEnded) {
  pending<attach_ticket> loading;
  pending<attach_ticket> reading;
  {
    chat_world world;
    auto ticket = world.chatted();
    world.hold_readers();
    reading = world.watch(ticket.session).ticket;
    world.run();
    world.kill(world.rt->services.reader(ticket.session));
    world.hold_journal();
    world.kill(world.session(ticket.session));
    loading = world.watch(ticket.session).ticket;
    world.run();
    // There are no readers when these two ask, at the world's end.
  }
  EXPECT_EQ(reading.answers(), 1);
  EXPECT_EQ(loading.answers(), 1);
}

TEST(DeathTest, ARequestInALostActorsMailIsAnswered) {
  chat_world world;
  auto ticket = world.begun();
  world.hold(world.session(ticket.session));
  auto stopped = world.stop(ticket.session);
  auto ann = world.watch(ticket.session);
  world.run();
  world.kill(world.session(ticket.session));
  EXPECT_EQ(stopped.why(), ec::internal);
  EXPECT_EQ(ann.ticket.why(), ec::internal);
  EXPECT_EQ(stopped.answers(), 1);
}

TEST(Promise3OneWriterPerSessionTest, TwoActorsOfOneSessionNeverInterleave) {
  chat_world world;
  auto opened = world.chatted();
  auto shard = world.shard_of(opened.session);
  auto old = world.rt->services.directory(opened.session);
  // A second directory, and the first one lives on: both wake the session.
  world.start_directory(shard);
  auto through =
      [&world](const session_directory_actor& directory, const session_id& id) {
        pending<turn_ticket> answer;
        auto what = std::make_shared<begin_turn>();
        what->command.who = chat_world::user("ann");
        what->command.agent = "agent";
        what->command.session = id;
        what->command.messages = {chat_world::says("Hi")};
        what->command.history = history_hint::delta;
        what->session = id;
        what->agent = world.rt->access.find_agent("agent");
        what->turn = turn_id{world.rt->new_id()};
        what->answer = answer.as_reply();
        caf::anon_send(directory, begin_turn_ptr(std::move(what)));
        return answer;
      };
  auto one = through(old, opened.session);
  auto two =
      through(world.rt->services.directory(opened.session), opened.session);
  world.run();
  EXPECT_TRUE(one.is_there() && two.is_there());
  world.advance(milliseconds{2000});
  for (std::size_t i = 1; i < world.model().calls(); ++i) {
    world.model().at(i)->say({"x"});
    world.model().at(i)->finish();
  }
  world.advance(milliseconds{2000});
  std::size_t open = 0;
  stream_version due{1};
  for (const auto& e : world.events(opened.session)) {
    ASSERT_EQ(e.version, due);
    due = due.next();
    open += opens_turn(e.body);
    ASSERT_LE(open, 1u) << "two turns at once";
    open -= ends_turn(e.body);
  }
  EXPECT_EQ(open, 0u);
  caf::anon_send_exit(old, caf::exit_reason::user_shutdown);
}

} // namespace hansard::test
