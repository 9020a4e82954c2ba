#include "tests/storage/event_log_contract.hpp"
#include "tests/storage/log_support.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace hansard::test {

namespace {

class Promise3OneWriterPerSession : public EventLogContract {};

// Two actors that both believe to own the session: of each pair of appends at
// one version exactly one is taken, and neither tears the other's apart.
TEST_P(Promise3OneWriterPerSession, OfTwoWritersAtOneVersionOneIsRefused) {
  auto seed = seed_or(1);
  SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed));
  chooser choose{seed};
  auto stream = stream_number(1);
  std::uint64_t version = 0;
  for (int round = 0; round < 50; ++round) {
    std::vector<append_request> requests;
    for (auto name : {"left", "right"}) {
      auto title = name + std::to_string(round);
      requests.push_back(request_for(
          batch_of(
              stream, stamped_event{moment(round), titled(title)},
              stamped_event{moment(round), titled(title)}),
          version));
    }
    if (choose.one_in(2))
      std::swap(requests[0], requests[1]);
    std::vector<result<log_position>> outcomes(2, log_position{});
    if (choose.one_in(2)) {
      log().append(requests, outcomes);
    } else {
      log().append({&requests[0], 1}, {&outcomes[0], 1});
      log().append({&requests[1], 1}, {&outcomes[1], 1});
    }
    EXPECT_TRUE(outcomes[0].has_value());
    ASSERT_FALSE(outcomes[1].has_value());
    EXPECT_EQ(outcomes[1].error().code, ec::wrong_expected_version);
    version += 2;
  }
  auto events = events_of(log(), stream);
  ASSERT_EQ(events.size(), 100u);
  for (std::size_t i = 0; i < events.size(); i += 2)
    EXPECT_EQ(events[i].body, events[i + 1].body);
}

INSTANTIATE_TEST_SUITE_P(
    AllLogs, Promise3OneWriterPerSession,
    ::testing::Values(log_kind::memory, log_kind::rocksdb), kind_name);

class ReadersDuringWork : public EventLogContract {
protected:
  static constexpr std::uint8_t streams = 4;

  /// Reads all the time until `done`; whatever is seen is whole appends (of
  /// three events) without a hole, and grows.
  void read_until(const std::atomic<bool>& done) {
    std::size_t last = 0;
    do {
      auto all = events_from(log());
      EXPECT_EQ(all.size() % 3, 0u);
      EXPECT_GE(all.size(), last);
      last = all.size();
      for (std::size_t i = 0; i < all.size(); ++i)
        ASSERT_EQ(all[i].position.value, i + 1);
      for (std::uint8_t s = 0; s < streams; ++s) {
        auto of_stream = events_of(log(), stream_number(s));
        EXPECT_EQ(of_stream.size() % 3, 0u);
        for (std::size_t i = 0; i < of_stream.size(); ++i)
          ASSERT_EQ(of_stream[i].version.value, i + 1);
      }
    } while (!done);
  }
};

TEST_P(ReadersDuringWork, SeeWholeAppendsInOrderWhileTurnsAreSealed) {
  std::atomic<bool> done = false;
  std::thread reader{[&] { read_until(done); }};
  for (int round = 0; round < 60; ++round) {
    std::vector<append_request> requests;
    for (std::uint8_t s = 0; s < streams; ++s) {
      auto version = log().version_of(stream_number(s))->value;
      if (round % 6 == 0)
        requests.push_back(request_for(
            batch_of(
                stream_number(s), stamped_event{moment(round), completed()},
                stamped_event{moment(round), titled("between")},
                stamped_event{moment(round), admitted()}),
            version));
      else
        requests.push_back(request_for(
            batch_of(stream_number(s), tokens({"a", "b", "c"}, round)),
            version));
    }
    append_all(log(), std::move(requests));
    seal(log(), stream_number(static_cast<std::uint8_t>(round % streams)));
  }
  done = true;
  reader.join();
  EXPECT_EQ(log().head().value, 60u * 3 * streams);
}

INSTANTIATE_TEST_SUITE_P(
    AllLogs, ReadersDuringWork,
    ::testing::Values(log_kind::memory, log_kind::rocksdb), kind_name);

} // namespace

} // namespace hansard::test
