#include "projections/history/message_history.hpp"
#include "projections/sessions/session_list.hpp"
#include "projections/usage/usage.hpp"
#include "tests/projections/support.hpp"
#include "tests/support/temp_dir.hpp"

namespace hansard::test {
namespace {

using make_projection = std::unique_ptr<projection> (*)(row_store&);

struct case_of {
  const char* name;
  make_projection make;
};

void PrintTo(const case_of& c, std::ostream* out) { *out << c.name; }

class Promise5ProjectionsAreDisposable
    : public ::testing::TestWithParam<case_of> {
protected:
  void SetUp() override {
    seed_ = seed_from_environment(
        ::testing::UnitTest::GetInstance()->random_seed() + 1u);
    RecordProperty("seed", std::to_string(seed_));
    random_.seed(seed_);
  }

  std::unique_ptr<projection> make(row_store& store) {
    return GetParam().make(store);
  }

  /// The rows that a rebuild from the log gives.
  rows rebuilt(const event_log& log) {
    auto store = make_memory_row_store();
    auto p = make(*store);
    EXPECT_EQ(value_of(rebuild(*p, log)), log.head());
    return rows_of(*store, p->name());
  }

  /// Folds batches as a live server does: flushes now and then, dies now and
  /// then with what was not flushed, and is offered some batches again.
  void fold_through_crashes(
      const event_log& log, std::unique_ptr<row_store>& store) {
    auto p = make(*store);
    int crashes = 0;
    while (p->checkpoint() < log.head()) {
      auto checkpoint = p->checkpoint().value;
      auto from = checkpoint + 1
                  - random_() % std::min<std::uint64_t>(checkpoint + 1, 20);
      log_position folded = p->checkpoint();
      bool crashed = false;
      for (const auto& batch : rechunk(log, {from}, random_)) {
        ASSERT_TRUE(succeeds(p->fold(*batch)));
        folded = std::max(folded, batch->last_position());
        if (random_() % 7 == 0) {
          ASSERT_TRUE(succeeds(p->flush(folded)));
        }
        if (crashes < 30 && random_() % 25 == 0) {
          crashed = true;
          break;
        }
      }
      if (crashed) {
        ++crashes;
        p.reset();
        restart(store);
        p = make(*store);
        continue;
      }
      ASSERT_TRUE(succeeds(p->flush(log.head())));
    }
  }

  virtual void restart(std::unique_ptr<row_store>&) {}

  std::uint64_t seed_ = 0;
  std::mt19937_64 random_;
};

TEST_P(Promise5ProjectionsAreDisposable, LiveRowsEqualRebuiltOnesByteForByte) {
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(
        "HANSARD_SEED=" + std::to_string(seed_) + " round "
        + std::to_string(round));
    auto log = make_memory_event_log();
    log_writer writer{*log};
    write_random_history(writer, random_, 150);
    std::unique_ptr<row_store> store = make_memory_row_store();
    fold_through_crashes(*log, store);
    if (HasFatalFailure())
      return;
    auto live = rows_of(*store, GetParam().name);
    ASSERT_FALSE(live.empty());
    ASSERT_EQ(live, rebuilt(*log));
    EXPECT_EQ(value_of(store->checkpoint(GetParam().name)), log->head());
  }
}

TEST_P(Promise5ProjectionsAreDisposable, RebuildingTwiceChangesNothing) {
  auto log = make_memory_event_log();
  log_writer writer{*log};
  write_random_history(writer, random_, 200);
  auto store = make_memory_row_store();
  auto p = make(*store);
  value_of(catch_up(*p, *log));
  auto once = rows_of(*store, p->name());
  value_of(rebuild(*p, *log));
  EXPECT_EQ(rows_of(*store, p->name()), once);
}

TEST_P(Promise5ProjectionsAreDisposable, WhatIsOfferedAgainChangesNothing) {
  SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed_));
  auto log = make_memory_event_log();
  log_writer writer{*log};
  write_random_history(writer, random_, 250);
  auto store = make_memory_row_store();
  auto name = GetParam().name;
  log_position folded;
  for (const auto& batch : rechunk(*log, {1}, random_)) {
    auto p = make(*store);
    ASSERT_TRUE(succeeds(p->fold(*batch)));
    folded = batch->last_position();
    ASSERT_TRUE(succeeds(p->flush(folded)));
    auto before = rows_of(*store, name);
    // As if a newer state of the rows had outlived an older checkpoint.
    auto offer_from = 1 + random_() % folded.value;
    ASSERT_TRUE(succeeds(store->write(name, {}, {offer_from})));
    p = make(*store);
    for (const auto& again : rechunk(*log, {offer_from}, random_)) {
      if (again->last_position() > folded)
        break;
      ASSERT_TRUE(succeeds(p->fold(*again)));
    }
    ASSERT_TRUE(succeeds(p->flush(folded)));
    ASSERT_EQ(rows_of(*store, name), before) << folded.value;
  }
}

class Promise5ProjectionsAreDisposableOnDisk
    : public Promise5ProjectionsAreDisposable {
protected:
  void restart(std::unique_ptr<row_store>& store) override {
    store.reset();
    store = value_of(open_row_store(folder_ / "rows"));
  }

  temp_dir folder_;
};

TEST_P(Promise5ProjectionsAreDisposableOnDisk, LiveRowsEqualRebuiltOnes) {
  SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed_));
  auto log = value_of(open_rocksdb_event_log({folder_ / "log"}));
  ASSERT_TRUE(log);
  log_writer writer{*log};
  write_random_history(writer, random_, 120);
  auto store = value_of(open_row_store(folder_ / "rows"));
  fold_through_crashes(*log, store);
  if (HasFatalFailure())
    return;
  auto live = rows_of(*store, GetParam().name);
  ASSERT_EQ(live, rebuilt(*log));
  auto p = make(*store);
  value_of(rebuild(*p, *log));
  EXPECT_EQ(rows_of(*store, p->name()), live);
}

/// Rows tell what the write model tells.
class HistoryPropertyTest : public ::testing::Test {};

TEST_F(HistoryPropertyTest, ListAndHistoryAgreeWithTheSessionsOwnFold) {
  auto seed = seed_from_environment(
      ::testing::UnitTest::GetInstance()->random_seed() + 1u);
  std::mt19937_64 random{seed};
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(
        "HANSARD_SEED=" + std::to_string(seed) + " round "
        + std::to_string(round));
    auto log = make_memory_event_log();
    log_writer writer{*log};
    auto store = make_memory_row_store();
    auto list = make_session_list(*store);
    auto history = make_message_history(*store);
    for (int part = 0; part < 5; ++part) {
      write_random_history(writer, random, 30);
      value_of(catch_up(*list, *log));
      value_of(catch_up(*history, *log));
      for (const auto& [id, state] : writer.states()) {
        auto row = value_of(session_list_reader{*store}.find(id));
        EXPECT_EQ(row.title, state.title);
        EXPECT_EQ(row.agent, state.agent);
        EXPECT_EQ(row.owner, state.owner);
        EXPECT_EQ(row.running_turn, state.turn ? state.turn->turn : turn_id{});
        ASSERT_EQ(row.message_count, state.history.size());
        auto expected = state.history;
        if (state.turn)
          if (auto m = generated_message(*state.turn, ending::failed))
            expected.push_back(*m);
        auto page = value_of(message_history_reader{*store, *log}.read(id));
        ASSERT_EQ(page.messages.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
          ASSERT_EQ(page.messages[i].body, expected[i]);
      }
    }
  }
}

constexpr case_of all_projections[]{
    {"session_list", &make_session_list},
    {"message_history", &make_message_history},
    {"usage", &make_usage},
};

std::string name_of_case(const ::testing::TestParamInfo<case_of>& info) {
  if (info.param.name == std::string("usage"))
    return "Usage";
  return info.param.name == std::string("session_list") ? "SessionList"
                                                        : "MessageHistory";
}

INSTANTIATE_TEST_SUITE_P(
    Each, Promise5ProjectionsAreDisposable,
    ::testing::ValuesIn(all_projections), name_of_case);
INSTANTIATE_TEST_SUITE_P(
    Each, Promise5ProjectionsAreDisposableOnDisk,
    ::testing::ValuesIn(all_projections), name_of_case);

} // namespace
} // namespace hansard::test
