#include "storage/format/sealed_columns.hpp"
#include "storage/rocksdb/store.hpp"
#include "tests/storage/log_support.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <map>

namespace hansard::test {

namespace {

/// What sealing does to the rows on disk.
class SealTest : public ::testing::Test {
protected:
  void SetUp() override {
    options_.path = folder_ / "log";
    auto opened = open_rocksdb_event_log(options_);
    ASSERT_TRUE(opened.has_value());
    log_ = *std::move(opened);
  }

  void append(batch_item item, std::uint8_t stream = 1) {
    event_batch batch;
    batch.stream = stream_number(stream);
    batch.items.push_back(std::move(item));
    ASSERT_TRUE(append_next(*log_, std::move(batch)));
  }

  void open_turn() { append(stamped_event{moment(0), admitted()}); }
  void end_turn() { append(stamped_event{moment(9), completed()}); }

  /// Seals, and checks that no reader notices.
  void seal_unnoticed() {
    auto before = events_from(*log_);
    EXPECT_TRUE(seal(*log_, stream_number(1)));
    EXPECT_EQ(events_from(*log_), before);
    std::erase_if(before, [](const recorded_event& e) {
      return e.stream != stream_number(1);
    });
    EXPECT_EQ(events_of(*log_, stream_number(1)), before);
  }

  /// Closes the log and counts the rows of each family.
  std::map<std::string, int> rows() {
    log_.reset();
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    auto status = rocksdb::DB::OpenForReadOnly(
        rocksdb::DBOptions{}, options_.path,
        detail::family_descriptors(options_), &handles, &db);
    EXPECT_TRUE(status.ok()) << status.ToString();
    detail::rocksdb_store store{std::unique_ptr<rocksdb::DB>{db}, handles};
    detail::store_view view{store};
    std::map<std::string, int> count;
    for (std::size_t f = 0; f < detail::family_names.size(); ++f) {
      auto it = view.iterator(static_cast<detail::family>(f), false);
      for (it->SeekToFirst(); it->Valid(); it->Next())
        ++count[detail::family_names[f]];
    }
    return count;
  }

  temp_dir folder_;
  rocksdb_log_options options_;
  std::unique_ptr<event_log> log_;
};

TEST_F(SealTest, ATurnOfManyFramesBecomesOneRecord) {
  open_turn();
  for (int i = 0; i < 40; ++i) {
    append(tokens({"one", "two"}, i));
    if (i % 7 == 0)
      append(stamped_event{moment(i), titled("between")}, 2);
  }
  end_turn();
  seal_unnoticed();
  auto count = rows();
  EXPECT_EQ(count["log"], 1 + 1 + 6 + 1);
  EXPECT_EQ(count["streams"], 1 + 1 + 6 + 1);
  EXPECT_EQ(count["spans"], 1) << "its positions have gaps";
  EXPECT_EQ(count["unsealed"], 0);
}

TEST_F(SealTest, ATurnWithoutNeighboursNeedsNoSpan) {
  open_turn();
  append(tokens({"a"}));
  append(tokens({"b"}));
  end_turn();
  seal_unnoticed();
  EXPECT_EQ(rows()["spans"], 0);
}

TEST_F(SealTest, AnEventInTheMiddlePartsTheRecords) {
  open_turn();
  append(tokens({"a"}));
  append(tokens({"b"}));
  append(stamped_event{
      moment(3), client_attached{{}, {"did:test:user", "req_2"}, {2}}});
  append(tokens({"c"}));
  append(tokens({"d"}));
  append(tokens({"e"}));
  end_turn();
  seal_unnoticed();
  EXPECT_EQ(rows()["log"], 5);
}

TEST_F(SealTest, ASmallSingleFrameStaysAndALargeOneIsCompressed) {
  open_turn();
  append(tokens({"small"}));
  end_turn();
  seal_unnoticed();
  open_turn();
  append(tokens({std::string(100'000, 'x')}));
  end_turn();
  seal_unnoticed();
  EXPECT_EQ(rows()["log"], 6);
}

TEST_F(SealTest, ALongTurnGivesSeveralRecords) {
  open_turn();
  std::string text(detail::max_sealed_text_bytes / 4, 'x');
  for (int i = 0; i < 9; ++i)
    append(tokens({text}, i));
  end_turn();
  seal_unnoticed();
  EXPECT_EQ(rows()["log"], 2 + 3);
}

TEST_F(SealTest, TwoTurnsAreSealedAtOnce) {
  for (int turn = 0; turn < 2; ++turn) {
    open_turn();
    append(tokens({"a"}));
    append(tokens({"b"}));
    end_turn();
  }
  seal_unnoticed();
  auto count = rows();
  EXPECT_EQ(count["unsealed"], 0);
  EXPECT_EQ(count["log"], 6);
}

} // namespace

} // namespace hansard::test
