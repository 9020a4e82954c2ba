#include "actors/recovery.hpp"
#include "tests/support/faulty_event_log.hpp"

#include <gtest/gtest.h>

namespace hansard::test {

namespace {

stream_id stream(std::uint64_t n) {
  return stream_of(session_id{make_ulid(1'750'000'000'000, 0, n)});
}

class RecoveryTest : public testing::Test {
protected:
  void append(const stream_id& to, std::vector<event> events) {
    append_request request;
    request.batch = std::make_shared<event_batch>();
    request.batch->stream = to;
    for (auto& e : events)
      request.batch->add(now, std::move(e));
    request.expected = expected_version::exactly(*log.version_of(to));
    request.encoded = encode_items(*request.batch);
    result<log_position> outcome = log_position{};
    log.append({&request, 1}, {&outcome, 1}, {});
    ASSERT_TRUE(outcome);
  }
  void open(const stream_id& to) {
    append(
        to, {session_opened{"agent", "ann", {}},
             messages_received{turn, {}, 0, {message{}}},
             turn_admitted{turn, {}, "role:admin"},
             token_generated{token_channel::answer, "half"}});
  }

  timestamp now{std::chrono::seconds{1'750'000'000}};
  turn_id turn{make_ulid(1'750'000'000'000, 0, 77)};
  faulty_event_log log;
};

} // namespace

TEST_F(RecoveryTest, AnEmptyLogNeedsNone) {
  auto report = recover(log, now);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->turns_closed, 0u);
  EXPECT_EQ(log.head(), log_position{0});
}

TEST_F(RecoveryTest, OpenTurnsAreClosedAndSealed) {
  for (std::uint64_t i = 0; i < 200; ++i)
    open(stream(i));
  auto report = recover(log, now);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->turns_closed, 200u);
  EXPECT_EQ(report->streams_sealed, 200u);
  for (std::uint64_t i = 0; i < 200; ++i) {
    auto events = events_of(log, stream(i));
    ASSERT_EQ(events.size(), 5u);
    auto& last = std::get<generation_interrupted>(events.back().body);
    EXPECT_EQ(last.turn, turn);
    EXPECT_EQ(last.usage.source, usage_source::estimated);
    EXPECT_EQ(last.usage.completion, 1u);
  }
}

TEST_F(RecoveryTest, ASecondRecoveryFindsNothing) {
  open(stream(1));
  ASSERT_TRUE(recover(log, now));
  auto head = log.head();
  auto report = recover(log, now);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->turns_closed, 0u);
  EXPECT_EQ(report->streams_sealed, 0u);
  EXPECT_EQ(log.head(), head);
}

TEST_F(RecoveryTest, ATurnThatEndedIsOnlySealed) {
  open(stream(1));
  append(stream(1), {generation_completed{turn, {}, "stop", {}}});
  auto head = log.head();
  auto report = recover(log, now);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->turns_closed, 0u);
  EXPECT_EQ(report->streams_sealed, 1u);
  EXPECT_EQ(log.head(), head);
}

TEST_F(RecoveryTest, ALogThatTakesNothingStopsTheStart) {
  open(stream(1));
  log.fail_for_good();
  auto report = recover(log, now);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ec::storage_failed);
}

TEST_F(RecoveryTest, AStreamThatCannotBeReadStopsTheStart) {
  open(stream(1));
  log.break_reads(make_error(ec::corrupt, "A bad block."));
  auto report = recover(log, now);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ec::corrupt);
}

} // namespace hansard::test
