#include "projections/history/message_history.hpp"
#include "projections/sessions/session_list.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

/// Rows that can be made to fail.
class faulty_rows final : public row_store {
public:
  std::optional<ec> reads;
  std::optional<ec> writes;

  result<void> write(
      std::string_view table, const std::vector<change>& changes,
      log_position checkpoint) override {
    if (writes)
      return make_error(*writes, "injected");
    return rows_->write(table, changes, checkpoint);
  }
  result<log_position> checkpoint(std::string_view table) const override {
    if (reads)
      return make_error(*reads, "injected");
    return rows_->checkpoint(table);
  }
  result<std::optional<std::string>>
  get(std::string_view table, std::string_view key) const override {
    if (reads)
      return make_error(*reads, "injected");
    return rows_->get(table, key);
  }
  result<void> scan(
      std::string_view table, std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit)
      const override {
    return rows_->scan(table, prefix, from, visit);
  }
  result<void> clear(std::string_view table) override {
    return rows_->clear(table);
  }

private:
  std::unique_ptr<row_store> rows_ = make_memory_row_store();
};

class CatchUpTest : public ::testing::Test {
protected:
  std::uint32_t count(std::uint64_t n) {
    return value_of(session_list_reader{rows_}.find(session(n))).message_count;
  }

  void overwrite_every_row(std::string_view value) {
    std::vector<row_store::change> changes;
    for (const auto& [key, ignored] : rows_of(rows_, "session_list"))
      // The format row stays: these are damaged rows, not another program's.
      if (key.size() > 1)
        changes.push_back({key, std::string(value)});
    ASSERT_TRUE(succeeds(rows_.write(
        "session_list", changes, value_of(rows_.checkpoint("session_list")))));
  }

  std::unique_ptr<event_log> log_ = make_memory_event_log();
  log_writer writer_{*log_};
  faulty_rows rows_;
};

TEST_F(CatchUpTest, ReachesTheHeadAlsoWhereNothingConcernsTheProjection) {
  auto list = make_session_list(rows_);
  EXPECT_EQ(value_of(catch_up(*list, *log_)), log_position{0});
  writer_.append(
      control_stream,
      {stamped_event{writer_.now(), user_registered{"u", "U", {}, {}}}});
  EXPECT_EQ(value_of(catch_up(*list, *log_)), log_position{1});
  EXPECT_EQ(list->checkpoint(), log_position{1});
  EXPECT_EQ(value_of(rows_.checkpoint("session_list")), log_position{1});
}

TEST_F(CatchUpTest, FlushesOnTheWay) {
  // More items than may wait in memory: one flush under way, one at the end.
  for (int i = 0; i < 3; ++i) {
    std::vector<batch_item> items;
    if (i == 0)
      items.push_back(
          stamped_event{writer_.now(), session_opened{"a", "u", {}}});
    for (int k = 0; k < 3000; ++k)
      items.push_back(stamped_event{writer_.now(), title_changed{"t", {}}});
    writer_.append(stream_of(session(1)), std::move(items));
  }
  auto list = make_session_list(rows_);
  struct counting final : projection {
    projection* inner = nullptr;
    int flushes = 0;
    std::string_view name() const override { return inner->name(); }
    log_position checkpoint() const override { return inner->checkpoint(); }
    result<void> fold(const event_batch& b) override { return inner->fold(b); }
    result<void> flush(log_position p) override {
      ++flushes;
      return inner->flush(p);
    }
    result<void> reset() override { return inner->reset(); }
  } counted;
  counted.inner = list.get();
  EXPECT_EQ(value_of(catch_up(counted, *log_)), log_position{9001});
  EXPECT_EQ(counted.flushes, 2);
}

TEST_F(CatchUpTest, ACheckpointBeyondTheLogFoldsAnew) {
  writer_.chat(session(1), "one");
  writer_.chat(session(1), "two");
  auto list = make_session_list(rows_);
  value_of(catch_up(*list, *log_));

  auto restored = make_memory_event_log();
  log_writer again{*restored};
  again.chat(session(1), "one");
  EXPECT_EQ(value_of(catch_up(*list, *restored)), restored->head());
  EXPECT_EQ(list->checkpoint(), restored->head());
  EXPECT_EQ(count(1), 2u);
}

TEST_F(CatchUpTest, AFailedWriteIsReportedAndCanBeTriedAgain) {
  writer_.chat(session(1), "one");
  auto list = make_session_list(rows_);
  rows_.writes = ec::storage_full;
  EXPECT_EQ(code_of(catch_up(*list, *log_)), ec::storage_full);
  EXPECT_EQ(list->checkpoint(), log_position{0});
  rows_.writes.reset();
  EXPECT_EQ(code_of(catch_up(*list, *log_)), ec::none);
  EXPECT_EQ(count(1), 2u);
}

TEST_F(CatchUpTest, AFailedReadIsReported) {
  writer_.chat(session(1), "one");
  auto list = make_session_list(rows_);
  rows_.reads = ec::storage_failed;
  EXPECT_EQ(code_of(catch_up(*list, *log_)), ec::storage_failed);
  auto unopened = make_session_list(rows_);
  rows_.reads.reset();
  EXPECT_EQ(code_of(catch_up(*unopened, *log_)), ec::storage_failed);
  EXPECT_EQ(code_of(rebuild(*unopened, *log_)), ec::none);
  EXPECT_EQ(count(1), 2u);
}

TEST_F(CatchUpTest, DamagedRowsAreFoldedAnew) {
  writer_.chat(session(1), "one");
  {
    auto list = make_session_list(rows_);
    value_of(catch_up(*list, *log_));
  }
  auto before = rows_of(rows_, "session_list");
  overwrite_every_row("\xff\xff damaged");
  EXPECT_EQ(code_of(session_list_reader{rows_}.find(session(1))), ec::corrupt);
  writer_.chat(session(1), "two");
  auto list = make_session_list(rows_);
  EXPECT_EQ(code_of(catch_up(*list, *log_)), ec::none);
  EXPECT_EQ(count(1), 4u);
}

TEST_F(CatchUpTest, RowsThatAreMissingAreFoldedAnew) {
  writer_.chat(session(1), "one");
  writer_.chat(session(2), "one");
  {
    auto list = make_session_list(rows_);
    value_of(catch_up(*list, *log_));
  }
  std::vector<row_store::change> gone;
  for (const auto& [key, ignored] : rows_of(rows_, "session_list"))
    if (key.size() > 1)
      gone.push_back({key, std::nullopt});
  ASSERT_TRUE(succeeds(rows_.write("session_list", gone, log_->head())));
  writer_.chat(session(1), "two");
  auto list = make_session_list(rows_);
  EXPECT_EQ(code_of(catch_up(*list, *log_)), ec::none);
  EXPECT_EQ(count(1), 4u);
  EXPECT_EQ(count(2), 2u);
}

TEST_F(CatchUpTest, RowsOfAnotherFormatAreFoldedAnew) {
  writer_.chat(session(1), "one");
  {
    auto list = make_session_list(rows_);
    value_of(catch_up(*list, *log_));
  }
  auto before = rows_of(rows_, "session_list");
  ASSERT_TRUE(succeeds(rows_.write(
      "session_list", {{std::string(1, '\0'), "\x63"}, {"old row", "old"}},
      log_->head())));
  auto list = make_session_list(rows_);
  EXPECT_EQ(list->checkpoint(), log_position{0});
  EXPECT_EQ(code_of(catch_up(*list, *log_)), ec::none);
  EXPECT_EQ(rows_of(rows_, "session_list"), before);
}

TEST_F(CatchUpTest, ACorruptLogIsNotBlamedOnTheRows) {
  writer_.chat(session(1), "one");
  auto list = make_session_list(rows_);
  value_of(catch_up(*list, *log_));
  auto before = rows_of(rows_, "session_list");
  writer_.append(session(1), {unknown_event{999, 1, "?"}});
  EXPECT_EQ(code_of(catch_up(*list, *log_)), ec::corrupt);
  EXPECT_EQ(rows_of(rows_, "session_list"), before);
}

} // namespace
} // namespace hansard::test
