#include "projections/history/message_history.hpp"
#include "projections/sessions/session_list.hpp"
#include "tests/projections/support.hpp"
#include "tests/support/temp_dir.hpp"

namespace hansard::test {
namespace {

/// Replay is exact: what a history shows does not depend on how the log keeps
/// its turns, in frames, sealed, or after a reopen.
class Promise4HistoryIsWhatWasRecorded : public ::testing::Test {
protected:
  void SetUp() override {
    open();
    random_.seed(seed_);
  }

  void open() {
    log_.reset();
    log_ = value_of(open_rocksdb_event_log({folder_ / "log"}));
    ASSERT_TRUE(log_);
  }

  /// Seals every turn that has ended. @returns how many streams had one.
  int seal() {
    int sealed = 0;
    std::vector<stream_id> streams;
    EXPECT_TRUE(succeeds(log_->visit_unsealed([&](stream_id stream) {
      streams.push_back(stream);
      return true;
    })));
    for (const auto& stream : streams) {
      std::vector<std::unique_ptr<prepared_seal>> seals;
      seals.push_back(value_of(log_->prepare_seal(stream)));
      if (!seals.back())
        continue;
      log_->append({}, {}, seals);
      ++sealed;
    }
    return sealed;
  }

  std::map<session_id, std::vector<history_entry>> histories() {
    std::map<session_id, std::vector<history_entry>> all;
    for (const auto& id : sessions_)
      all[id] = value_of(reader().read(id)).messages;
    return all;
  }

  message_history_reader reader() { return {*store_, *log_}; }

  static void expect_equal(const history_entry& a, const history_entry& b) {
    EXPECT_EQ(a.index, b.index);
    EXPECT_EQ(a.body, b.body);
    EXPECT_EQ(a.created_at, b.created_at);
    EXPECT_EQ(a.turn, b.turn);
    EXPECT_EQ(a.version, b.version);
    EXPECT_EQ(a.end, b.end);
    EXPECT_EQ(a.reasoning, b.reasoning);
    EXPECT_EQ(a.said, b.said);
    EXPECT_EQ(a.said_reasoning, b.said_reasoning);
    EXPECT_EQ(a.withheld_calls, b.withheld_calls);
    EXPECT_EQ(a.sent, b.sent);
  }

  /// Whole histories and pages of them equal `before`.
  void expect_unchanged(
      const std::map<session_id, std::vector<history_entry>>& before) {
    for (const auto& [id, expected] : before)
      for (std::uint32_t from = 0; from <= expected.size(); from += 3)
        for (std::size_t limit : {std::size_t{0}, std::size_t{2}}) {
          auto page = value_of(reader().read(id, from, limit));
          auto size = expected.size() - from;
          if (limit != 0)
            size = std::min(limit, size);
          ASSERT_EQ(page.messages.size(), size);
          for (std::size_t i = 0; i < size; ++i)
            expect_equal(page.messages[i], expected[from + i]);
        }
  }

  std::uint64_t seed_ = seed_from_environment(1);
  std::mt19937_64 random_;
  temp_dir folder_;
  std::unique_ptr<event_log> log_;
  std::unique_ptr<row_store> store_ = make_memory_row_store();
  std::vector<session_id> sessions_;
};

TEST_F(Promise4HistoryIsWhatWasRecorded, BeforeAndAfterSealing) {
  SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed_));
  log_writer writer{*log_};
  write_random_history(writer, random_, 200);
  for (const auto& [id, state] : writer.states())
    sessions_.push_back(id);
  auto history = make_message_history(*store_);
  auto list = make_session_list(*store_);
  value_of(catch_up(*history, *log_));
  value_of(catch_up(*list, *log_));
  auto before = histories();
  auto history_rows = rows_of(*store_, history->name());
  auto list_rows = rows_of(*store_, list->name());
  ASSERT_FALSE(history_rows.empty());

  int sealed = 0;
  while (auto more = seal())
    sealed += more;
  ASSERT_GT(sealed, 0);
  expect_unchanged(before);

  open();
  expect_unchanged(before);
  value_of(rebuild(*history, *log_));
  value_of(rebuild(*list, *log_));
  EXPECT_EQ(rows_of(*store_, history->name()), history_rows);
  EXPECT_EQ(rows_of(*store_, list->name()), list_rows);
  expect_unchanged(before);
}

TEST_F(Promise4HistoryIsWhatWasRecorded, WhileTurnsAreSealedOneByOne) {
  SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed_));
  log_writer writer{*log_};
  auto history = make_message_history(*store_);
  int sealed = 0;
  for (int round = 0; round < 12; ++round) {
    write_random_history(writer, random_, 14);
    sealed += seal();
    value_of(catch_up(*history, *log_));
    for (const auto& [id, state] : writer.states()) {
      auto expected = state.history;
      if (state.turn)
        if (auto m = generated_message(*state.turn, ending::failed))
          expected.push_back(*m);
      auto page = value_of(reader().read(id));
      ASSERT_EQ(page.messages.size(), expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_EQ(page.messages[i].body, expected[i]);
    }
  }
  EXPECT_GT(sealed, 5);
}

} // namespace
} // namespace hansard::test
