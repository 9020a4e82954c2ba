#include "actors/journal/journal.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/exit_reason.hpp>
#include <caf/stateful_actor.hpp>

namespace hansard::test {

namespace {

using jobs = std::vector<append_job_ptr>;

append_client_actor::behavior_type
appender(append_client_actor::pointer, std::shared_ptr<jobs> settled) {
  return {
      [settled](const append_settled& done) { settled->push_back(done.job); }};
}

struct feed_log {
  std::vector<committed> notices;
  std::size_t batches() const {
    std::size_t n = 0;
    for (const auto& notice : notices)
      n += notice.batches.size();
    return n;
  }
};

feed_client_actor::behavior_type
follower(feed_client_actor::pointer, std::shared_ptr<feed_log> log) {
  return {[log](const committed& news) { log->notices.push_back(news); }};
}

class JournalTest : public testing::Test {
protected:
  JournalTest() {
    client = world.system().spawn(appender, settled);
    world.run();
  }
  ~JournalTest() override {
    caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
    if (reader)
      caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
  }

  append_job_ptr job(std::uint8_t stream, std::uint64_t expected) {
    auto one = std::make_shared<append_job>();
    one->request.expected = {expected};
    one->request.batch = std::make_shared<event_batch>();
    one->request.batch->stream = stream_id{{{9, stream}}};
    one->request.batch->add(world.now(), title_changed{"x", {}});
    one->request.encoded = encode_items(*one->request.batch);
    return one;
  }
  append_job_ptr
  token_job(std::uint8_t stream, std::uint64_t expected, std::uint64_t tokens) {
    auto one = job(stream, expected);
    auto batch = std::make_shared<event_batch>();
    batch->stream = one->request.batch->stream;
    token_run run;
    for (std::uint64_t i = 0; i < tokens; ++i)
      run.add(world.now(), token_channel::answer, "x");
    batch->add(std::move(run));
    one->request.batch = batch;
    one->request.encoded = encode_items(*batch);
    return one;
  }
  void send(const append_job_ptr& one) {
    caf::anon_send(world.rt->services.journal(), one, client);
  }
  void send_many(std::size_t count, std::uint8_t stream = 1) {
    for (std::size_t i = 0; i < count; ++i)
      send(job(stream, next_[stream]++));
  }
  void follow() {
    reader = world.system().spawn(follower, feed);
    caf::anon_send(world.rt->services.journal(), reader);
    world.run();
  }
  void more() {
    caf::anon_send(
        world.rt->services.journal(), feed_more{feed->notices.back().feed});
    world.run();
  }

  std::shared_ptr<jobs> settled = std::make_shared<jobs>();
  std::shared_ptr<feed_log> feed = std::make_shared<feed_log>();
  actor_world world;
  append_client_actor client;
  feed_client_actor reader;

private:
  std::map<std::uint8_t, std::uint64_t> next_;
};

using Promise7JournalBoundsTest = JournalTest;

} // namespace

TEST_F(JournalTest, JobsThatWaitShareOneWrite) {
  world.hold_journal();
  for (std::uint8_t i = 0; i < 20; ++i)
    send(job(i, 0));
  world.run();
  EXPECT_TRUE(settled->empty());
  world.release();
  world.run();
  EXPECT_EQ(world.log.groups(), std::vector<std::size_t>{20});
  EXPECT_EQ(settled->size(), 20u);
}

TEST_F(JournalTest, ALoneJobIsWrittenWithoutATimer) {
  send(job(1, 0));
  world.run();
  ASSERT_EQ(settled->size(), 1u);
  EXPECT_TRUE(settled->front()->outcome);
  EXPECT_EQ(world.log.head(), log_position{1});
}

TEST_F(JournalTest, EachJobOfAGroupIsJudgedOnItsOwn) {
  world.hold_journal();
  send(job(1, 0));
  send(job(1, 0));
  send(job(1, 1));
  world.release();
  world.run();
  ASSERT_EQ(settled->size(), 3u);
  EXPECT_TRUE(settled->at(0)->outcome);
  EXPECT_EQ(settled->at(1)->outcome.error().code, ec::wrong_expected_version);
  EXPECT_TRUE(settled->at(2)->outcome);
}

TEST_F(JournalTest, AnswersComeInTheOrderOfTheJobs) {
  std::vector<append_job_ptr> sent;
  world.hold_journal();
  for (std::uint8_t i = 0; i < 50; ++i) {
    sent.push_back(job(i, 0));
    send(sent.back());
  }
  world.release();
  world.run();
  EXPECT_EQ(*settled, sent);
}

TEST_F(JournalTest, AFailedWriteIsToldToEveryJobAndOnceToTheProcess) {
  world.log.fail_for_good();
  send_many(3);
  world.run();
  send_many(2);
  world.run();
  ASSERT_EQ(settled->size(), 5u);
  for (const auto& one : *settled)
    EXPECT_EQ(one->outcome.error().code, ec::storage_failed);
  EXPECT_EQ(world.fatal.size(), 1u);
}

TEST_F(JournalTest, WhatItWasSentIsWrittenBeforeItEnds) {
  send_many(3);
  caf::anon_send_exit(
      world.rt->services.journal(), caf::exit_reason::user_shutdown);
  world.run();
  EXPECT_EQ(settled->size(), 3u);
  EXPECT_EQ(world.log.head(), log_position{3});
}

TEST_F(JournalTest, AFollowerIsFirstSentToTheLogThenFed) {
  send_many(2);
  world.run();
  follow();
  ASSERT_EQ(feed->notices.size(), 1u);
  EXPECT_TRUE(feed->notices[0].gap);
  EXPECT_EQ(feed->notices[0].head, log_position{2});
  more();
  EXPECT_EQ(feed->notices.size(), 1u) << "there is no news";
  send_many(1);
  world.run();
  ASSERT_EQ(feed->notices.size(), 2u);
  EXPECT_FALSE(feed->notices[1].gap);
  EXPECT_EQ(feed->batches(), 1u);
  EXPECT_EQ(feed->notices[1].head, log_position{3});
}

TEST_F(JournalTest, AFollowerThatHasNotAskedGetsNothingUntilItDoes) {
  follow();
  send_many(10);
  world.run();
  EXPECT_EQ(feed->notices.size(), 1u);
  more();
  ASSERT_EQ(feed->notices.size(), 2u);
  EXPECT_EQ(feed->notices[1].batches.size(), 10u);
}

TEST_F(JournalTest, TokensAloneDoNotWakeAFollower) {
  follow();
  more();
  send(token_job(1, 0, 3));
  world.run();
  send(token_job(1, 3, 2));
  world.run();
  EXPECT_EQ(feed->notices.size(), 1u);
  send(job(2, 0));
  world.run();
  ASSERT_EQ(feed->notices.size(), 2u);
  EXPECT_EQ(feed->notices[1].batches.size(), 3u);
  EXPECT_EQ(feed->notices[1].head, log_position{6});
}

TEST_F(JournalTest, WhoWaitsForTheProjectionsGetsTheTokensToo) {
  follow();
  more();
  send(token_job(1, 0, 3));
  world.run();
  caf::anon_send(world.rt->services.journal(), feed_now{});
  world.run();
  ASSERT_EQ(feed->notices.size(), 2u);
  EXPECT_EQ(feed->notices[1].head, log_position{3});
  // It has them, and asks for more: nothing is left to send.
  more();
  caf::anon_send(world.rt->services.journal(), feed_now{});
  world.run();
  EXPECT_EQ(feed->notices.size(), 2u);
}

TEST_F(JournalTest, ABusyFollowerIsToldOfWhoWaitsWhenItAsks) {
  follow();
  send(token_job(1, 0, 3));
  world.run();
  caf::anon_send(world.rt->services.journal(), feed_now{});
  world.run();
  EXPECT_EQ(feed->notices.size(), 1u);
  more();
  ASSERT_EQ(feed->notices.size(), 2u);
  EXPECT_EQ(feed->notices[1].batches.size(), 1u);
}

TEST_F(Promise7JournalBoundsTest, ManyTokensAreFedWithoutAnyoneWaiting) {
  follow();
  more();
  const std::uint64_t size = 100;
  std::uint64_t sent = 0;
  while (feed->notices.size() == 1 && sent < 100'000) {
    send(token_job(1, sent, size));
    sent += size;
    world.run();
  }
  EXPECT_GT(sent, journal_state::max_late_events);
  EXPECT_LE(sent, journal_state::max_late_events + size);
}

TEST_F(JournalTest, RefusedAppendsAreNotNews) {
  follow();
  more();
  world.log.refuse_next(ec::too_large, 2);
  send_many(2);
  world.run();
  EXPECT_EQ(feed->notices.size(), 1u);
}

TEST_F(JournalTest, AFollowerThatDiesIsForgotten) {
  follow();
  more();
  caf::anon_send_exit(reader, caf::exit_reason::kill);
  world.run();
  send_many(3);
  caf::anon_send(world.rt->services.journal(), feed_more{2});
  caf::anon_send(world.rt->services.journal(), feed_more{99});
  world.run();
  EXPECT_EQ(settled->size(), 3u);
  EXPECT_EQ(feed->notices.size(), 1u);
}

TEST_F(Promise7JournalBoundsTest, AGroupIsClosedAtItsLimit) {
  world.hold_journal();
  send_many(journal_state::max_group + 10);
  world.release();
  world.run();
  EXPECT_EQ(
      world.log.groups(),
      (std::vector<std::size_t>{journal_state::max_group, 10}));
}

TEST_F(Promise7JournalBoundsTest, ASlowFollowerIsSentToTheLog) {
  follow();
  send_many(journal_state::max_kept_batches + 1);
  world.run();
  more();
  ASSERT_EQ(feed->notices.size(), 2u);
  EXPECT_TRUE(feed->notices[1].gap);
  EXPECT_EQ(feed->notices[1].head, world.log.head());
  EXPECT_LT(feed->notices[1].batches.size(), journal_state::max_kept_batches);
}

TEST_F(
    Promise7JournalBoundsTest,
    ASlowFollowerOfLargeBatchesIsSentToTheLogSooner) {
  follow();
  std::weak_ptr<const event_batch> first;
  for (std::uint64_t i = 0; i < 40; ++i) {
    auto large = job(1, i);
    large->request.encoded.resize(2 * 1024 * 1024);
    if (i == 0)
      first = large->request.batch;
    send(large);
  }
  world.run();
  more();
  EXPECT_TRUE(feed->notices[1].gap);
}

} // namespace hansard::test
