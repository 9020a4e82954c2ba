#include "tests/storage/event_log_contract.hpp"
#include "tests/storage/random_work.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hansard::test {

namespace {

template <class T>
std::vector<T> tail(const std::vector<T>& all, std::size_t from) {
  auto skip = std::min(from - 1, all.size());
  return {all.begin() + static_cast<std::ptrdiff_t>(skip), all.end()};
}

class Promise4ReplayIsExact : public EventLogContract {
protected:
  void check_ends(const log_model& model) {
    ASSERT_EQ(log().head().value, model.all().size());
    ASSERT_EQ(unsealed_of(log()), model.unsealed());
    for (std::uint8_t i = 0; i < random_work::streams; ++i) {
      auto stream = stream_number(i);
      ASSERT_EQ(log().version_of(stream)->value, model.version_of(stream));
    }
  }

  void check_whole(const log_model& model) {
    check_ends(model);
    ASSERT_EQ(events_from(log()), model.all());
    for (std::uint8_t i = 0; i < random_work::streams; ++i) {
      auto stream = stream_number(i);
      ASSERT_EQ(events_of(log(), stream), model.of(stream));
    }
  }

  /// From every position, and from every version of every stream.
  void check_from_everywhere(const log_model& model) {
    for (std::size_t from = 1; from <= model.all().size() + 1; ++from)
      ASSERT_EQ(events_from(log(), from), tail(model.all(), from)) << from;
    for (std::uint8_t i = 0; i < random_work::streams; ++i) {
      auto stream = stream_number(i);
      auto events = model.of(stream);
      for (std::size_t from = 1; from <= events.size() + 1; ++from)
        ASSERT_EQ(events_of(log(), stream, from), tail(events, from)) << from;
    }
  }
};

TEST_P(Promise4ReplayIsExact, WhateverWasDoneIsReadBackAsItWas) {
  auto first = seed_or(1);
  for (auto seed = first; seed < first + rounds_of(6); ++seed) {
    SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed));
    start_over();
    random_work work{seed};
    for (int i = 0; i < 120; ++i) {
      work.step(log());
      if (work.choose().one_in(40))
        reopen();
      if (work.choose().one_in(10))
        check_whole(work.model());
      if (HasFailure())
        return;
    }
    check_whole(work.model());
  }
}

TEST_P(Promise4ReplayIsExact, SealingIsInvisibleFromEveryVersionAndPosition) {
  auto seed = seed_or(77);
  SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed));
  random_work work{seed};
  for (int i = 0; i < 60; ++i)
    ASSERT_TRUE(work.append_group(log()));
  check_whole(work.model());
  work.seal_all(log());
  check_whole(work.model());
  check_from_everywhere(work.model());
  reopen();
  check_whole(work.model());
}

INSTANTIATE_TEST_SUITE_P(
    AllLogs, Promise4ReplayIsExact,
    ::testing::Values(log_kind::memory, log_kind::rocksdb), kind_name);

} // namespace

} // namespace hansard::test
