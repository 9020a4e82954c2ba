#include "projections/rows/row_store.hpp"
#include "tests/projections/support.hpp"
#include "tests/support/temp_dir.hpp"

#include <fstream>

namespace hansard::test {
namespace {

/// What every row store does.
class RowStoreTest : public ::testing::TestWithParam<bool> {
protected:
  void SetUp() override {
    if (GetParam())
      store_ = value_of(open_row_store(folder_ / "rows"));
    else
      store_ = make_memory_row_store();
    ASSERT_TRUE(store_);
  }

  void write(
      const std::vector<row_store::change>& changes, std::uint64_t checkpoint,
      std::string_view table = "t") {
    ASSERT_TRUE(succeeds(store_->write(table, changes, {checkpoint})));
  }

  std::optional<std::string>
  get(std::string_view key, std::string_view table = "t") {
    return value_of(store_->get(table, key));
  }

  rows scan(std::string_view prefix, std::string_view from) {
    rows found;
    EXPECT_TRUE(
        succeeds(store_->scan("t", prefix, from, [&](auto key, auto value) {
          found.emplace_back(key, value);
          return true;
        })));
    return found;
  }

  temp_dir folder_;
  std::unique_ptr<row_store> store_;
};

TEST_P(RowStoreTest, ATableThatWasNeverWrittenIsEmpty) {
  EXPECT_EQ(value_of(store_->checkpoint("t")), log_position{0});
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_THAT(scan("", ""), testing::IsEmpty());
  EXPECT_TRUE(succeeds(store_->clear("t")));
}

TEST_P(RowStoreTest, ChangesApplyInOrderAndTheCheckpointMoves) {
  write({{"a", "1"}, {"b", "2"}, {"a", "3"}, {"b", std::nullopt}}, 7);
  EXPECT_EQ(get("a"), "3");
  EXPECT_EQ(get("b"), std::nullopt);
  EXPECT_EQ(value_of(store_->checkpoint("t")), log_position{7});
}

TEST_P(RowStoreTest, TheCheckpointIsNoRow) {
  write({{"a", "1"}}, 7);
  EXPECT_EQ(scan("", ""), (rows{{"a", "1"}}));
}

TEST_P(RowStoreTest, AScanKeepsToPrefixAndStart) {
  write(
      {{"a", "0"},
       {std::string("p\0", 2), "1"},
       {"p", "2"},
       {"pa", "3"},
       {"pb", "4"},
       {"p\xff\xff", "5"},
       {"q", "6"}},
      1);
  EXPECT_EQ(scan("p", "").size(), 5u);
  EXPECT_EQ(scan("p", "a").size(), 5u);
  EXPECT_EQ(scan("p", "pb"), (rows{{"pb", "4"}, {"p\xff\xff", "5"}}));
  EXPECT_THAT(scan("p", "q"), testing::IsEmpty());
  EXPECT_THAT(scan("\xff", ""), testing::IsEmpty());
}

TEST_P(RowStoreTest, AScanEndsWhenTheVisitorSaysSo) {
  write({{"a", "1"}, {"b", "2"}}, 1);
  int visited = 0;
  ASSERT_TRUE(succeeds(store_->scan("t", "", "", [&](auto, auto) {
    ++visited;
    return false;
  })));
  EXPECT_EQ(visited, 1);
}

TEST_P(RowStoreTest, AScanSeesTheMomentOfItsCall) {
  write({{"a", "1"}, {"b", "2"}}, 1);
  rows found;
  ASSERT_TRUE(succeeds(store_->scan("t", "", "", [&](auto key, auto value) {
    write({{"b", std::nullopt}, {"c", "3"}}, 2);
    found.emplace_back(key, value);
    return true;
  })));
  EXPECT_EQ(found, (rows{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(get("c"), "3");
}

TEST_P(RowStoreTest, AScanOutlivesTheClearingOfItsTable) {
  write({{"a", "1"}, {"b", "2"}}, 1);
  rows found;
  ASSERT_TRUE(succeeds(store_->scan("t", "", "", [&](auto key, auto value) {
    EXPECT_TRUE(succeeds(store_->clear("t")));
    found.emplace_back(key, value);
    return true;
  })));
  EXPECT_EQ(found.size(), 2u);
}

TEST_P(RowStoreTest, ClearTakesRowsAndCheckpointOfItsTableAlone) {
  write({{"a", "1"}}, 5);
  write({{"a", "2"}}, 6, "other");
  ASSERT_TRUE(succeeds(store_->clear("t")));
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(value_of(store_->checkpoint("t")), log_position{0});
  EXPECT_EQ(get("a", "other"), "2");
  EXPECT_EQ(value_of(store_->checkpoint("other")), log_position{6});
  write({{"b", "3"}}, 1);
  EXPECT_EQ(scan("", ""), (rows{{"b", "3"}}));
}

INSTANTIATE_TEST_SUITE_P(
    EachStore, RowStoreTest, ::testing::Bool(),
    [](const auto& info) { return info.param ? "RocksDb" : "Memory"; });

class RocksDbRowStoreTest : public ::testing::Test {
protected:
  result<std::unique_ptr<row_store>> open(bool read_only = false) {
    return open_row_store(path_, read_only);
  }

  void write_some_rows() {
    auto store = value_of(open());
    ASSERT_TRUE(store);
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(succeeds(store->write(
          "t", {{"key" + std::to_string(i), std::string(100, 'x')}},
          {static_cast<std::uint64_t>(i + 1)})));
  }

  void overwrite(const std::string& prefix) {
    int files = 0;
    for (const auto& file : std::filesystem::directory_iterator{path_}) {
      if (!file.path().filename().string().starts_with(prefix))
        continue;
      std::ofstream{file.path(), std::ios::trunc} << "not what was here";
      ++files;
    }
    ASSERT_GT(files, 0) << prefix;
  }

  void expect_a_fresh_store() {
    auto store = value_of(open());
    ASSERT_TRUE(store);
    EXPECT_EQ(value_of(store->checkpoint("t")), log_position{0});
    EXPECT_TRUE(succeeds(store->write("t", {{"a", "1"}}, {1})));
    EXPECT_TRUE(std::filesystem::exists(path_ + ".damaged"));
  }

  temp_dir folder_;
  std::string path_ = folder_ / "data/projections";
};

TEST_F(RocksDbRowStoreTest, RowsAndCheckpointAreThereAfterAReopen) {
  write_some_rows();
  auto store = value_of(open());
  ASSERT_TRUE(store);
  EXPECT_EQ(value_of(store->checkpoint("t")), log_position{100});
  EXPECT_EQ(value_of(store->get("t", "key42")), std::string(100, 'x'));
}

TEST_F(RocksDbRowStoreTest, AFolderThatIsHeldIsRefused) {
  auto first = value_of(open());
  ASSERT_TRUE(first);
  EXPECT_EQ(code_of(open()), ec::storage_locked);
}

TEST_F(RocksDbRowStoreTest, AReadOnlyStoreReadsBesideAHolderAndRefusesWrites) {
  write_some_rows();
  auto holder = value_of(open());
  auto reader = value_of(open(true));
  ASSERT_TRUE(reader);
  EXPECT_EQ(value_of(reader->checkpoint("t")), log_position{100});
  EXPECT_FALSE(reader->write("t", {{"a", "1"}}, {101}));
  EXPECT_FALSE(reader->write("new", {{"a", "1"}}, {101}));
  EXPECT_FALSE(reader->clear("t"));
}

TEST_F(RocksDbRowStoreTest, ReadOnlyNeedsAStore) {
  EXPECT_EQ(code_of(open(true)), ec::not_found);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(RocksDbRowStoreTest, ADamagedStoreIsSetAsideAndBegunAnew) {
  for (auto* prefix : {"MANIFEST", "CURRENT"}) {
    SCOPED_TRACE(prefix);
    write_some_rows();
    overwrite(prefix);
    expect_a_fresh_store();
    std::filesystem::remove_all(path_);
    std::filesystem::remove_all(path_ + ".damaged");
  }
}

TEST_F(RocksDbRowStoreTest, ATornWriteAheadLogGivesRowsOfItsCheckpoint) {
  // What a power cut leaves of writes that were not synced.
  write_some_rows();
  auto whole = folder_ / "whole";
  std::filesystem::copy(path_, whole, std::filesystem::copy_options::recursive);
  std::size_t lost = 0;
  for (std::uintmax_t cut = 1; cut < 14'000; cut += 1'713) {
    std::filesystem::remove_all(path_);
    std::filesystem::copy(
        whole, path_, std::filesystem::copy_options::recursive);
    for (const auto& file : std::filesystem::directory_iterator{path_})
      if (file.path().extension() == ".log" && file.file_size() > cut)
        std::filesystem::resize_file(file.path(), file.file_size() - cut);
    auto store = value_of(open());
    ASSERT_TRUE(store);
    auto checkpoint = value_of(store->checkpoint("t"));
    EXPECT_EQ(rows_of(*store, "t").size(), checkpoint.value);
    lost += 100 - checkpoint.value;
  }
  EXPECT_GT(lost, 100u);
}

TEST_F(RocksDbRowStoreTest, ALostTableFileIsDamage) {
  write_some_rows();
  // The reopen writes what the write-ahead log holds into a table file.
  ASSERT_TRUE(value_of(open()));
  int removed = 0;
  for (const auto& file : std::filesystem::directory_iterator{path_})
    if (file.path().extension() == ".sst")
      removed += std::filesystem::remove(file.path());
  ASSERT_GT(removed, 0);
  expect_a_fresh_store();
}

TEST_F(RocksDbRowStoreTest, DamageIsNotTouchedReadOnly) {
  write_some_rows();
  overwrite("MANIFEST");
  EXPECT_EQ(code_of(open(true)), ec::corrupt);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".damaged"));
}

TEST_F(RocksDbRowStoreTest, DamageIsNotTouchedWhileAnotherHoldsTheFolder) {
  write_some_rows();
  auto holder = value_of(open());
  ASSERT_TRUE(holder);
  overwrite("MANIFEST");
  EXPECT_EQ(code_of(open()), ec::storage_locked);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".damaged"));
}

TEST_F(RocksDbRowStoreTest, APathThatIsNoFolderIsAnErrorNotAThrow) {
  std::filesystem::create_directories(
      std::filesystem::path(path_).parent_path());
  std::ofstream{path_} << "a file";
  EXPECT_EQ(code_of(open()), ec::storage_failed);
}

} // namespace
} // namespace hansard::test
