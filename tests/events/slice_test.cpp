#include "events/slice.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace hansard {
namespace {

timestamp at(std::int64_t us) { return from_unix_us(us); }

token_run four_tokens() {
  token_run run;
  run.add(at(1), token_channel::answer, "a");
  run.add(at(2), token_channel::answer, "");
  run.add(at(3), token_channel::reasoning, "ccc");
  run.add(at(4), token_channel::answer, "dd");
  return run;
}

/// Seven events from version 10, in two stretches of positions.
event_batch recorded() {
  event_batch batch;
  batch.stream = stream_of(session_id{make_ulid(1, 2, 3)});
  batch.first_version = {10};
  batch.positions = {{{100}, 3}, {{200}, 4}};
  batch.add(at(0), generation_started{});
  batch.add(four_tokens());
  batch.add(at(5), generation_completed{});
  batch.add(at(6), session_deleted{});
  return batch;
}

std::vector<recorded_event> events_of(const event_batch& batch) {
  std::vector<recorded_event> out;
  batch.for_each([&out](recorded_event e) { out.push_back(std::move(e)); });
  return out;
}

TEST(SliceTest, EveryPartOfARunIsTheTokensBetweenItsPlaces) {
  auto run = four_tokens();
  for (std::size_t from = 0; from <= 4; ++from)
    for (std::size_t to = from; to <= 4; ++to) {
      auto begin = advance(run, {}, from);
      auto part = slice(run, begin, advance(run, begin, to - from));
      token_run expected;
      std::size_t byte = 0;
      for (std::size_t i = 0; i < to; ++i) {
        const auto& mark = run.marks[i];
        if (i >= from)
          expected.add(
              mark.at, mark.channel, run.text.substr(byte, mark.length));
        byte += mark.length;
      }
      EXPECT_EQ(part, expected) << from << " to " << to;
      if (from == 0) {
        EXPECT_EQ(first_of(run, to), expected) << to;
      }
    }
}

TEST(SliceTest, WhatIsDroppedAndWhatIsKeptAreTheWhole) {
  auto whole = std::make_shared<const event_batch>(recorded());
  auto all = events_of(*whole);
  for (std::size_t cut = 1; cut < all.size(); ++cut) {
    auto front = events_of(*first_of(whole, cut));
    auto back = events_of(drop_front(*whole, cut));
    EXPECT_EQ(
        front, std::vector(all.begin(), all.begin() + std::ptrdiff_t(cut)))
        << cut;
    EXPECT_EQ(back, std::vector(all.begin() + std::ptrdiff_t(cut), all.end()))
        << cut;
  }
}

TEST(SliceTest, APartsPositionsAreAsManyAsItsEvents) {
  auto whole = std::make_shared<const event_batch>(recorded());
  for (std::uint64_t cut = 1; cut < whole->size(); ++cut)
    for (const auto& part : {*first_of(whole, cut), drop_front(*whole, cut)}) {
      std::uint64_t positions = 0;
      for (const auto& segment : part.positions)
        positions += segment.count;
      EXPECT_EQ(positions, part.size()) << cut;
    }
}

TEST(SliceTest, AllOfABatchIsItself) {
  auto whole = std::make_shared<const event_batch>(recorded());
  EXPECT_EQ(first_of(whole, whole->size()), whole);
  EXPECT_EQ(first_of(whole, 99), whole);
  EXPECT_EQ(events_of(drop_front(*whole, 0)), events_of(*whole));
}

TEST(WalkTest, EachItemComesWithTheVersionOfItsFirstEvent) {
  auto batch = recorded();
  std::vector<std::uint64_t> versions;
  auto behind =
      for_each_item(batch, [&](stream_version version, const batch_item&) {
        versions.push_back(version.value);
      });
  EXPECT_EQ(versions, (std::vector<std::uint64_t>{10, 11, 15, 16}));
  EXPECT_EQ(behind, batch.last_version().next());
}

TEST(WalkTest, AVisitorThatHasEnoughSeesNoMore) {
  auto batch = recorded();
  int seen = 0;
  auto behind = for_each_item(
      batch, [&](stream_version, const batch_item&) { return ++seen < 2; });
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(behind, stream_version{15});
}

TEST(WalkTest, SingleEventsAloneKeepTheirVersions) {
  auto batch = recorded();
  std::vector<std::pair<std::uint64_t, std::string_view>> seen;
  for_each_single(batch, {1}, [&](stream_version v, const stamped_event& one) {
    seen.emplace_back(v.value, name_of(*one.body));
    return !ends_turn(*one.body);
  });
  EXPECT_EQ(
      seen, (std::vector<std::pair<std::uint64_t, std::string_view>>{
                {1, "generation_started"}, {6, "generation_completed"}}));
}

} // namespace
} // namespace hansard
