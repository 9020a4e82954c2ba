#include "actors/admission/request_claim.hpp"
#include "actors/secrets/api_key.hpp"
#include "tests/support/actor_fixture.hpp"

namespace hansard::test {

namespace {

/// Requests with an idempotency key.
class RequestClaimTest : public ::testing::Test {
protected:
  static turn_command keyed(
      const std::string& text, std::optional<session_id> session = {},
      const std::string& who = "ann", const std::string& key = "k1") {
    turn_command command;
    command.who = chat_world::user(who);
    command.agent = "agent";
    command.session = session;
    command.messages = {chat_world::says(text)};
    command.key = idempotency_key{key, sha256(text)};
    return command;
  }

  std::size_t turns() {
    std::size_t count = 0;
    auto seen =
        world.log.read_all(log_position{1}, [&count](const batch_ptr& batch) {
          batch->for_each([&count](const recorded_event& e) {
            count += std::holds_alternative<turn_admitted>(e.body);
          });
          return true;
        });
    EXPECT_TRUE(seen);
    return count;
  }

  chat_world world;
};

TEST_F(RequestClaimTest, TheSameRequestAgainGetsTheRunningTurn) {
  auto first = world.ask(keyed("Hi"));
  world.run();
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(first.value().replayed);
  auto again = world.ask(keyed("Hi"));
  world.run();
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again.value().replayed);
  EXPECT_EQ(again.value().session, first.value().session);
  EXPECT_EQ(again.value().turn, first.value().turn);
  EXPECT_EQ(again.value().after, first.value().after);
  EXPECT_EQ(turns(), 1u);
  EXPECT_EQ(world.model().calls(), 1u);
}

TEST_F(RequestClaimTest, TheSameRequestAgainGetsTheRecordedTurnFromItsStart) {
  auto first = world.ask(keyed("Hi"));
  world.run();
  world.model().last()->say({"Hello"});
  world.model().last()->finish();
  world.run();
  auto again = world.ask(keyed("Hi"));
  world.run();
  ASSERT_TRUE(again.ok());
  auto ann = world.watch(
      again.value().session, again.value().after, again.value().turn);
  world.run();
  EXPECT_EQ(ann.sink->text(), "Hello");
  EXPECT_TRUE(ann.sink->is_finished());
  EXPECT_EQ(turns(), 1u);
}

TEST_F(RequestClaimTest, WhoComesWhileTheActorsEndIsToldSo) {
  pending<turn_ticket> answer;
  auto begin = std::make_shared<begin_turn>();
  begin->command = keyed("Hi");
  begin->answer = answer.as_reply();
  world.end_all();
  world.system().spawn(request_claim, world.rt, std::move(begin));
  world.run();
  EXPECT_EQ(answer.why(), ec::draining);
}

TEST_F(RequestClaimTest, TwoAtTheSameInstantBeginOneTurn) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    chat_world once;
    std::mt19937_64 rng{seed};
    auto a = once.ask(keyed("Hi"));
    auto b = once.ask(keyed("Hi"));
    auto c = once.ask(keyed("Hi"));
    while (once.step(rng)) {
    }
    ASSERT_TRUE(a.ok() && b.ok() && c.ok())
        << "seed " << seed << ": " << to_string(a.why()) << ", "
        << to_string(b.why()) << ", " << to_string(c.why());
    EXPECT_EQ(a.value().turn, b.value().turn) << "seed " << seed;
    EXPECT_EQ(b.value().turn, c.value().turn) << "seed " << seed;
    EXPECT_EQ(a.value().session, c.value().session);
    EXPECT_EQ(a.value().replayed + b.value().replayed + c.value().replayed, 2);
    EXPECT_EQ(once.model().calls(), 1u);
  }
}

TEST_F(RequestClaimTest, AnotherBodyWithTheSameKeyIsRefused) {
  world.ask(keyed("Hi"));
  world.run();
  auto other = world.ask(keyed("Ho"));
  world.run();
  EXPECT_EQ(other.why(), ec::idempotency_conflict);
  EXPECT_EQ(turns(), 1u);
}

TEST_F(RequestClaimTest, AKeyIsItsCallersOwn) {
  auto ann = world.ask(keyed("Hi"));
  auto bob = world.ask(keyed("Ho", {}, "bob"));
  world.run();
  ASSERT_TRUE(ann.ok() && bob.ok());
  EXPECT_NE(ann.value().session, bob.value().session);
  EXPECT_FALSE(bob.value().replayed);
  EXPECT_NE(claim_stream("a", "bc"), claim_stream("ab", "c"));
}

TEST_F(RequestClaimTest, AKeyIsForgottenAfterADay) {
  auto first = world.ask(keyed("Hi"));
  world.run();
  world.model().last()->finish();
  world.run();
  world.tick(claim_life - std::chrono::minutes{1});
  auto late = world.ask(keyed("Hi"));
  world.run();
  ASSERT_TRUE(late.ok());
  EXPECT_TRUE(late.value().replayed);
  world.tick(std::chrono::minutes{2});
  auto next_day = world.ask(keyed("Hi"));
  world.run();
  ASSERT_TRUE(next_day.ok());
  EXPECT_FALSE(next_day.value().replayed);
  EXPECT_NE(next_day.value().turn, first.value().turn);
  // The newest claim counts.
  world.run();
  auto again = world.ask(keyed("Hi"));
  world.run();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value().turn, next_day.value().turn);
}

TEST_F(RequestClaimTest, AClaimWhoseTurnWasNeverRecordedIsTakenUp) {
  // The claim is durable; the request is lost on its way to the session.
  auto first = world.ask(keyed("Hi"));
  for (std::size_t i = 0; i < service_table::directory_shards; ++i)
    world.hold(world.rt->services.directories()[i]);
  world.run();
  EXPECT_FALSE(first.is_there());
  EXPECT_EQ(turns(), 0u);
  for (const auto& directory : world.rt->services.directories())
    world.kill(directory);
  world.release();
  world.replace_dead();
  world.run();
  EXPECT_EQ(first.why(), ec::internal);
  auto again = world.ask(keyed("Hi"));
  world.run();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(turns(), 1u);
  auto third = world.ask(keyed("Hi"));
  world.run();
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third.value().turn, again.value().turn);
  EXPECT_EQ(turns(), 1u);
}

TEST_F(RequestClaimTest, ARefusedTurnCanBeTriedAgainWithItsKey) {
  auto running = world.begun();
  auto busy = world.ask(keyed("More", running.session));
  world.run();
  EXPECT_EQ(busy.why(), ec::turn_running);
  world.model().last()->finish();
  world.run();
  auto again = world.ask(keyed("More", running.session));
  world.run();
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again.value().replayed);
}

TEST_F(RequestClaimTest, ALogThatRefusesIsToldAndNothingBegins) {
  world.log.fail_for_good();
  auto refused = world.ask(keyed("Hi"));
  world.run();
  EXPECT_TRUE(refused.is_there());
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(world.model().calls(), 0u);
}

TEST_F(RequestClaimTest, ADeadLogReaderIsNoLostAnswer) {
  world.hold_readers();
  auto first = world.ask(keyed("Hi"));
  world.run();
  EXPECT_FALSE(first.is_there());
  for (std::size_t i = 0; i < service_table::reader_shards; ++i) {
    id_bytes id{};
    id.bytes[15] = static_cast<std::uint8_t>(i);
    world.kill(world.rt->services.reader(id));
  }
  world.release();
  world.replace_dead();
  world.run();
  ASSERT_TRUE(first.is_there());
  auto again = world.ask(keyed("Hi"));
  world.run();
  EXPECT_TRUE(again.ok());
  EXPECT_EQ(turns(), 1u);
}

} // namespace

} // namespace hansard::test
