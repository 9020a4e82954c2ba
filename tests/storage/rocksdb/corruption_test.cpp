#include "storage/rocksdb/rocksdb_log_internal.hpp"
#include "tests/storage/random_work.hpp"
#include "tests/support/fault_file_system.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

namespace hansard::test {

namespace {

namespace fs = std::filesystem;

/// The files of a folder and of those in it, by relative path.
using snapshot = std::map<std::string, std::string>;

/// Whether a file holds nothing of the log: RocksDB writes and ignores them.
bool is_chatter(const std::string& name) {
  return name == "LOCK" || name == "IDENTITY" || name.starts_with("LOG")
         || name.starts_with("OPTIONS");
}

snapshot take_snapshot(const fs::path& folder) {
  snapshot files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()
        || is_chatter(entry.path().filename().string()))
      continue;
    std::ifstream in{entry.path(), std::ios::binary};
    files[fs::relative(entry.path(), folder).string()] =
        std::string{std::istreambuf_iterator<char>(in), {}};
  }
  return files;
}

void restore(const fs::path& folder, const snapshot& files) {
  fs::remove_all(folder);
  for (const auto& [name, content] : files) {
    fs::create_directories((folder / name).parent_path());
    std::ofstream{folder / name, std::ios::binary} << content;
  }
}

class Promise2DamageIsFoundOut : public ::testing::Test {
protected:
  result<std::unique_ptr<event_log>> open(bool read_only = false) {
    rocksdb_log_options options;
    options.path = data() / "log";
    options.read_only = read_only;
    return detail::open_rocksdb_event_log(options, env_.get());
  }

  fs::path data() const { return folder_.path() / "data"; }

  /// Records events in several lives, so that there are tables, a manifest
  /// with a history, and write-ahead logs.
  void record() {
    random_work work{seed_or(42)};
    for (int life = 0; life < 3; ++life) {
      auto log = open();
      ASSERT_TRUE(log.has_value()) << log.error().message;
      for (int i = 0; i < 12; ++i)
        ASSERT_TRUE(work.append_group(**log));
      if (life == 1)
        work.seal_all(**log);
    }
    events_ = work.model().all();
    for (std::uint8_t i = 0; i < random_work::streams; ++i)
      streams_[i] = work.model().of(stream_number(i));
  }

  /// Opens and reads what may be damaged: it is refused, or a reading ends in
  /// an error, or every event is there. Never fewer, never others.
  void expect_whole_or_refused(const std::string& what) {
    SCOPED_TRACE(what);
    auto before = take_snapshot(data());
    auto log = open();
    if (!log) {
      ++refused_;
      EXPECT_EQ(log.error().code, ec::corrupt) << log.error().message;
      EXPECT_NE(log.error().message.find(data().string()), std::string::npos)
          << log.error().message;
      EXPECT_EQ(take_snapshot(data()), before)
          << "what is refused is left alone";
      return;
    }
    auto read = try_read_all(**log);
    if (read.end.has_value()) {
      EXPECT_EQ(read.events, events_);
    } else {
      EXPECT_EQ(read.end.error().code, ec::corrupt);
    }
    for (const auto& [number, events] : streams_) {
      auto of_stream = try_read_stream(**log, stream_number(number));
      if (of_stream.end.has_value()) {
        EXPECT_EQ(of_stream.events, events);
      } else {
        EXPECT_EQ(of_stream.end.error().code, ec::corrupt);
      }
    }
  }

  /// Tries `damage` on a copy of each file.
  void try_on_each_file(
      const std::function<std::vector<std::string>(const std::string&)>&
          damage) {
    auto whole = take_snapshot(data());
    for (const auto& [name, content] : whole) {
      int variant = 0;
      for (auto& damaged : damage(content)) {
        restore(data(), whole);
        std::ofstream{data() / name, std::ios::binary} << damaged;
        expect_whole_or_refused(name + " variant " + std::to_string(variant++));
        if (HasFatalFailure())
          return;
      }
    }
  }

  temp_dir folder_;
  std::shared_ptr<fault_file_system> disk_ =
      std::make_shared<fault_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = env_on(disk_);
  std::vector<recorded_event> events_;
  std::map<std::uint8_t, std::vector<recorded_event>> streams_;
  int refused_ = 0;
};

TEST_F(Promise2DamageIsFoundOut, OfAFlippedByteInAnyFile) {
  record();
  chooser choose{seed_or(1)};
  try_on_each_file([&](const std::string& content) {
    std::vector<std::string> variants;
    for (auto i = rounds_of(8); i > 0 && !content.empty(); --i) {
      auto flipped = content;
      auto at = choose.below(content.size());
      flipped[at] = static_cast<char>(flipped[at] ^ choose.between(1, 255));
      variants.push_back(std::move(flipped));
    }
    return variants;
  });
  EXPECT_GT(refused_, 0);
}

TEST_F(Promise2DamageIsFoundOut, OfACutFile) {
  record();
  chooser choose{seed_or(2)};
  try_on_each_file([&](const std::string& content) {
    std::vector<std::string> variants{""};
    for (auto i = rounds_of(5); i > 0 && content.size() > 1; --i)
      variants.push_back(content.substr(0, choose.below(content.size())));
    return variants;
  });
  EXPECT_GT(refused_, 0);
}

TEST_F(Promise2DamageIsFoundOut, OfADeletedFile) {
  record();
  auto whole = take_snapshot(data());
  for (const auto& [name, content] : whole) {
    restore(data(), whole);
    fs::remove(data() / name);
    expect_whole_or_refused(name + " deleted");
  }
  EXPECT_GT(refused_, 2);
}

TEST_F(Promise2DamageIsFoundOut, OfADatabaseThatIsGone) {
  record();
  fs::remove_all(data() / "log");
  auto log = open();
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, ec::corrupt);
}

// No write-ahead log mode sees this one: each file is whole, just older.
TEST_F(Promise2DamageIsFoundOut, OfAnOlderCopyInThePlaceOfTheLog) {
  record();
  auto older = take_snapshot(data() / "log");
  {
    auto log = open();
    ASSERT_TRUE(log.has_value());
    ASSERT_TRUE(append_next(
        **log,
        batch_of(stream_number(50), stamped_event{moment(1), titled("x")})));
  }
  restore(data() / "log", older);
  auto log = open();
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, ec::corrupt);
  EXPECT_NE(log.error().message.find("its end is lost"), std::string::npos)
      << log.error().message;
}

TEST_F(Promise2DamageIsFoundOut, OfAnotherHistoryInThePlaceOfTheLog) {
  record();
  auto older = take_snapshot(data());
  auto fork = [&](const std::string& title, int more) {
    auto log = open();
    ASSERT_TRUE(log.has_value()) << log.error().message;
    for (int i = 0; i < more; ++i)
      ASSERT_TRUE(append_next(
          **log,
          batch_of(
              stream_number(50), stamped_event{moment(i), titled(title)})));
  };
  fork("one history", 2);
  auto one = take_snapshot(data() / "log");
  restore(data(), older);
  auto shifted =
      batch_of(stream_number(51), stamped_event{moment(7), titled("another")});
  {
    auto log = open();
    ASSERT_TRUE(append_next(**log, shifted));
  }
  fork("another history", 0);
  restore(data() / "log", one);
  auto log = open();
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, ec::corrupt);
  EXPECT_NE(log.error().message.find("is not the one"), std::string::npos)
      << log.error().message;
}

TEST_F(Promise2DamageIsFoundOut, OfTheAnchorOfAnotherLog) {
  record();
  auto first = take_snapshot(data());
  fs::remove_all(data());
  record();
  std::ofstream{data() / "log.anchor", std::ios::binary}
      << first.at("log.anchor");
  auto log = open();
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, ec::corrupt);
}

TEST_F(Promise2DamageIsFoundOut, ButAMissingAnchorIsMadeAnew) {
  record();
  fs::remove(data() / "log.anchor");
  {
    auto log = open();
    ASSERT_TRUE(log.has_value()) << log.error().message;
    EXPECT_EQ(events_from(**log), events_);
  }
  EXPECT_TRUE(fs::exists(data() / "log.anchor"));
}

// The last event lies in a sealed record now, and the anchor still knows it.
TEST_F(Promise2DamageIsFoundOut, AndSealingTheLastEventIsNoDamage) {
  auto a = stream_number(1);
  auto append = [&](event_log& log, batch_item item) {
    event_batch batch;
    batch.stream = a;
    batch.items.push_back(std::move(item));
    ASSERT_TRUE(append_next(log, batch));
  };
  std::vector<recorded_event> before;
  {
    auto log = open();
    ASSERT_TRUE(log.has_value());
    append(**log, stamped_event{moment(0), admitted()});
    append(**log, tokens({"a"}, 1));
    append(**log, tokens({"b"}, 2));
    append(**log, stamped_event{moment(3), completed()});
    append(**log, tokens({"after"}, 4));
    append(**log, tokens({"the end"}, 5));
    before = events_from(**log);
    EXPECT_TRUE(seal(**log, a));
  }
  for (int life = 0; life < 2; ++life) {
    auto log = open();
    ASSERT_TRUE(log.has_value()) << log.error().message;
    EXPECT_EQ((*log)->head(), log_position{6});
    EXPECT_EQ(events_from(**log), before);
  }
}

} // namespace

} // namespace hansard::test
