#include "storage/rocksdb/rocksdb_log_internal.hpp"
#include "storage/rocksdb/store.hpp"
#include "tests/storage/log_support.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace hansard::test {

namespace {

/// Logs that other processes hold, kill, or wrote.
class Promise2AcrossProcesses : public ::testing::Test {
protected:
  std::string path() const { return folder_ / "data/log"; }

  result<std::unique_ptr<event_log>> open(bool read_only = false) {
    rocksdb_log_options options;
    options.path = path();
    options.read_only = read_only;
    return open_rocksdb_event_log(options);
  }

  temp_dir folder_;
};

TEST_F(Promise2AcrossProcesses, KilledAtAnyInstantItHasAllItAcknowledged) {
  auto seed = seed_or(1);
  SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed));
  chooser choose{seed};
  std::vector<recorded_event> last;
  for (auto life = rounds_of(10); life > 0; --life) {
    child_process writer{{HANSARD_LOG_WRITER, path()}};
    ASSERT_EQ(writer.read_line(), "open");
    std::uint64_t acknowledged = last.size();
    for (auto n = choose.between(0, 60); n > 0; --n)
      acknowledged = std::stoull(writer.read_line().value());
    writer.kill();
    while (auto line = writer.read_line())
      acknowledged = std::stoull(*line);

    auto log = open();
    ASSERT_TRUE(log.has_value()) << log.error().message;
    auto events = events_from(**log);
    EXPECT_GE(events.size(), acknowledged);
    // At most the one group that was under way: 3 requests of 22 events.
    EXPECT_LE(events.size(), acknowledged + 3 * 22);
    ASSERT_GE(events.size(), last.size());
    EXPECT_TRUE(std::equal(last.begin(), last.end(), events.begin()));
    for (std::uint8_t i = 0; i < 3; ++i) {
      auto of_stream = events_of(**log, stream_number(i));
      for (std::size_t v = 0; v < of_stream.size(); ++v)
        ASSERT_EQ(of_stream[v], events[of_stream[v].position.value - 1]);
    }
    last = std::move(events);
  }
  EXPECT_GT(last.size(), 500u);
}

TEST_F(Promise2AcrossProcesses, AFolderThatAnotherProcessHoldsIsRefused) {
  child_process holder{{HANSARD_LOG_WRITER, path(), "hold"}};
  ASSERT_EQ(holder.read_line(), "open");
  for (bool read_only : {false, true}) {
    auto log = open(read_only);
    ASSERT_FALSE(log.has_value());
    EXPECT_EQ(log.error().code, ec::storage_locked);
    EXPECT_NE(log.error().message.find(path()), std::string::npos);
  }
  holder.close_stdin();
  EXPECT_EQ(holder.wait(), 0);
  EXPECT_TRUE(open().has_value());
}

TEST_F(Promise2AcrossProcesses, AFolderThatThisProcessHoldsIsRefused) {
  auto first = open();
  ASSERT_TRUE(first.has_value());
  auto second = open();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ec::storage_locked);
}

TEST_F(Promise2AcrossProcesses, ANewerFormatIsRefusedAndLeftAlone) {
  ASSERT_TRUE(open().has_value());
  {
    rocksdb_log_options options;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    auto families = detail::family_descriptors(options);
    ASSERT_TRUE(rocksdb::DB::Open({}, path(), families, &handles, &db).ok());
    detail::rocksdb_store store{std::unique_ptr<rocksdb::DB>{db}, handles};
    ASSERT_TRUE(db->Put(
                      {}, store[detail::family::meta], "format",
                      std::string("\0\0\0\2", 4))
                    .ok());
    // A newer format may have families that this program does not know.
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    ASSERT_TRUE(db->CreateColumnFamily({}, "proofs", &handle).ok());
    db->DestroyColumnFamilyHandle(handle);
  }
  for (bool read_only : {false, true}) {
    auto log = open(read_only);
    ASSERT_FALSE(log.has_value());
    EXPECT_EQ(log.error().code, ec::format_too_new);
  }
}

TEST_F(Promise2AcrossProcesses, ReadingOnlyChangesNothing) {
  auto stream = stream_number(1);
  auto batch = batch_of(stream, stamped_event{moment(1), admitted()});
  {
    auto log = open();
    ASSERT_TRUE(append_next(**log, batch));
  }
  auto names = [&] {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(path()))
      out.push_back(entry.path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
  };
  auto before = names();
  {
    auto log = open(true);
    ASSERT_TRUE(log.has_value()) << log.error().message;
    EXPECT_EQ(events_from(**log), recorded(batch, 1, 1));
    EXPECT_EQ((*log)->head(), log_position{1});
    auto outcome = append_next(**log, batch);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code, ec::storage_failed);
    EXPECT_TRUE(open(true).has_value()) << "a second reader";
    EXPECT_EQ(events_of(**log, stream).size(), 1u);
  }
  EXPECT_EQ(names(), before);
  EXPECT_TRUE(open().has_value());
}

TEST_F(Promise2AcrossProcesses, AReaderOfNothingMakesNothing) {
  auto log = open(true);
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, ec::storage_failed);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "data"));
}

TEST_F(Promise2AcrossProcesses, AFolderThatCanNotBeMadeIsAClearError) {
  std::ofstream{folder_ / "data"} << "a file, not a folder";
  auto log = open();
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, ec::storage_failed);
  EXPECT_NE(log.error().message.find(path()), std::string::npos);
}

TEST_F(Promise2AcrossProcesses, TheDisksFreeSpaceIsKnown) {
  auto log = open();
  ASSERT_TRUE(log.has_value());
  EXPECT_GT((*log)->free_bytes().value_or(0), 0u);
}

} // namespace

} // namespace hansard::test
