#include "events/batch.hpp"
#include "tests/events/codec/random_events.hpp"

#include <gtest/gtest.h>

namespace hansard::test {

namespace {

timestamp at(std::int64_t us) { return from_unix_us(us); }

token_run three_tokens() {
  token_run run;
  run.add(at(11), token_channel::answer, "Hel");
  run.add(at(12), token_channel::reasoning, "hm");
  run.add(at(13), token_channel::answer, "lo é");
  return run;
}

/// A turn's start, three tokens and its end: versions 4 to 8.
event_batch sample_batch() {
  event_batch batch;
  batch.stream = stream_of(session_id{make_ulid(1, 2, 3)});
  batch.first_version = {4};
  batch.add(at(10), generation_started{});
  batch.add(three_tokens());
  batch.add(at(14), generation_completed{});
  return batch;
}

std::vector<recorded_event> events_of(const event_batch& batch) {
  std::vector<recorded_event> events;
  batch.for_each([&](recorded_event e) { events.push_back(std::move(e)); });
  return events;
}

TEST(BatchTest, ForEachHandsOutTokensOneByOneInOrder) {
  auto batch = sample_batch();
  batch.positions = {{{100}, 5}};
  auto stream = batch.stream;
  EXPECT_EQ(
      events_of(batch),
      (std::vector<recorded_event>{
          {{100}, stream, {4}, at(10), generation_started{}},
          {{101},
           stream,
           {5},
           at(11),
           token_generated{token_channel::answer, "Hel"}},
          {{102},
           stream,
           {6},
           at(12),
           token_generated{token_channel::reasoning, "hm"}},
          {{103},
           stream,
           {7},
           at(13),
           token_generated{token_channel::answer, "lo é"}},
          {{104}, stream, {8}, at(14), generation_completed{}}}));
}

TEST(BatchTest, EachTokenOfARunCounts) {
  auto batch = sample_batch();
  EXPECT_EQ(batch.size(), 5u);
  EXPECT_EQ(batch.last_version(), (stream_version{8}));
  EXPECT_EQ(event_batch{}.size(), 0u);
  batch.add(token_run{});
  EXPECT_EQ(batch.size(), 5u);
}

TEST(BatchTest, PositionsGoOnFromOneSegmentIntoTheNext) {
  auto batch = sample_batch();
  batch.positions = {{{100}, 2}, {{200}, 0}, {{300}, 1}, {{400}, 2}};
  std::vector<std::uint64_t> positions;
  for (const auto& e : events_of(batch))
    positions.push_back(e.position.value);
  EXPECT_EQ(positions, (std::vector<std::uint64_t>{100, 101, 300, 400, 401}));
  EXPECT_EQ(batch.first_position(), (log_position{100}));
  EXPECT_EQ(batch.last_position(), (log_position{401}));
}

TEST(BatchTest, BeforeTheAppendThereAreNoPositions) {
  auto batch = sample_batch();
  for (const auto& e : events_of(batch))
    EXPECT_EQ(e.position, log_position{});
}

TEST(BatchTest, ACursorPastTheEndSaysZero) {
  event_batch batch;
  batch.positions = {{{9}, 1}};
  position_cursor cursor{batch};
  EXPECT_EQ(cursor.next(), (log_position{9}));
  EXPECT_EQ(cursor.next(), log_position{});
  EXPECT_EQ(cursor.next(), log_position{});
}

TEST(TokenRunTest, AppendEqualsAddingTheTokens) {
  auto joined = three_tokens();
  joined.append(three_tokens());
  token_run added;
  for (int i = 0; i < 2; ++i) {
    added.add(at(11), token_channel::answer, "Hel");
    added.add(at(12), token_channel::reasoning, "hm");
    added.add(at(13), token_channel::answer, "lo é");
  }
  EXPECT_EQ(joined, added);
  EXPECT_FALSE(joined.empty());
  EXPECT_TRUE(token_run{}.empty());
}

TEST(TokenRunTest, HoweverTokensAreGroupedTheEventsAreTheSame) {
  for (int round = 0; round < 300; ++round) {
    random_source source{base_seed() + round};
    event_batch single;
    event_batch runs;
    token_run open;
    for (auto left = source.below(40); left > 0; --left) {
      auto when = at(static_cast<std::int64_t>(source.below(1000)));
      auto channel = static_cast<token_channel>(source.below(2));
      auto text = source.text(5);
      single.add(when, token_generated{channel, text});
      open.add(when, channel, text);
      if (source.one_in(4))
        runs.add(std::exchange(open, {}));
    }
    runs.add(open);
    ASSERT_EQ(events_of(single), events_of(runs)) << "round " << round;
    ASSERT_EQ(single.size(), runs.size());
  }
}

} // namespace

} // namespace hansard::test
