#include "storage/rocksdb/rocksdb_log_internal.hpp"
#include "tests/storage/random_work.hpp"
#include "tests/support/fault_file_system.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace hansard::test {

namespace {

class Promise2NothingAcknowledgedIsLost : public ::testing::Test {
protected:
  result<std::unique_ptr<event_log>> open() {
    rocksdb_log_options options;
    options.path = folder_ / "data/log";
    return detail::open_rocksdb_event_log(options, env_.get());
  }

  std::unique_ptr<event_log> opened() {
    auto log = open();
    EXPECT_TRUE(log.has_value()) << log.error().message;
    return log ? *std::move(log) : nullptr;
  }

  /// What is read back is what was acknowledged, or that and the whole group
  /// that was under way.
  void check(const event_log& log, const random_work& work) {
    auto events = events_from(log);
    if (events.size() == work.model().all().size())
      ASSERT_EQ(events, work.model().all());
    else
      ASSERT_EQ(events, work.under_way().all());
    std::vector<recorded_event> by_stream;
    for (std::uint8_t i = 0; i < random_work::streams; ++i) {
      auto of = events_of(log, stream_number(i));
      by_stream.insert(by_stream.end(), of.begin(), of.end());
    }
    std::sort(
        by_stream.begin(), by_stream.end(),
        [](const auto& a, const auto& b) { return a.position < b.position; });
    ASSERT_EQ(by_stream, events);
  }

  void clear() {
    std::filesystem::remove_all(folder_.path() / "data");
    disk_ = std::make_shared<fault_file_system>();
    env_ = env_on(disk_);
  }

  temp_dir folder_;
  std::shared_ptr<fault_file_system> disk_ =
      std::make_shared<fault_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = env_on(disk_);
};

TEST_F(Promise2NothingAcknowledgedIsLost, ByAPowerCutAtAnyInstant) {
  auto first = seed_or(1);
  for (auto seed = first; seed < first + rounds_of(25); ++seed) {
    SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed));
    clear();
    random_work work{seed};
    // Two lives, so that recovery itself is cut short too.
    for (int life = 0; life < 2; ++life) {
      disk_->cut_power_after(work.choose().below(life == 0 ? 220 : 120));
      if (auto log = open()) {
        while (!disk_->struck() && work.step(**log)) {
        }
      }
      disk_->lose_unsynced(work.choose());
      auto recovered = opened();
      ASSERT_TRUE(recovered);
      check(*recovered, work);
      if (HasFatalFailure())
        return;
      work.adopt(*recovered);
      recovered.reset();
    }
    auto log = opened();
    ASSERT_TRUE(log);
    EXPECT_TRUE(append_next(
        *log,
        batch_of(stream_number(99), stamped_event{moment(1), titled("on")})));
  }
}

using Promise1RecordedBeforeShown = Promise2NothingAcknowledgedIsLost;

TEST_F(Promise1RecordedBeforeShown, AnAppendReturnsWhenItIsSynced) {
  auto log = opened();
  ASSERT_TRUE(log);
  auto stream = stream_number(1);
  ASSERT_TRUE(append_next(
      *log, batch_of(stream, stamped_event{moment(0), admitted()})));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(append_next(*log, batch_of(stream, tokens({"a", "b"}, i))));
    EXPECT_EQ(disk_->unsynced_bytes(".log"), 0u);
  }
  ASSERT_TRUE(append_next(
      *log, batch_of(stream, stamped_event{moment(9), completed()})));
  ASSERT_TRUE(seal(*log, stream));
  EXPECT_GT(disk_->unsynced_bytes(".log"), 0u) << "a seal alone can be lost";
  auto events = events_from(*log);
  disk_->cut_power_after(0);
  log.reset();
  chooser choose{1};
  disk_->lose_unsynced(choose);
  log = opened();
  ASSERT_TRUE(log);
  EXPECT_EQ(events_from(*log), events);
}

TEST_F(Promise2NothingAcknowledgedIsLost, ByASyncThatFails) {
  auto log = opened();
  ASSERT_TRUE(log);
  random_work work{7};
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(work.append_group(*log));
  disk_->fail_after(
      0, {disk_call::sync}, rocksdb::IOStatus::IOError("no sync"));
  EXPECT_FALSE(work.append_group(*log));
  EXPECT_TRUE(log->failed());
  // The kernel may have dropped the pages: a later sync that succeeds proves
  // nothing, so the log stays shut although the disk is well again.
  disk_->heal();
  auto outcome = append_next(
      *log, batch_of(stream_number(9), stamped_event{moment(1), titled("x")}));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ec::storage_failed);
  EXPECT_EQ(events_from(*log), work.model().all()) << "reads go on";
  EXPECT_EQ(log->head().value, work.model().all().size());
  log.reset();
  log = opened();
  ASSERT_TRUE(log);
  check(*log, work);
}

TEST_F(Promise2NothingAcknowledgedIsLost, ByADiskThatFailsOrIsFull) {
  struct trouble {
    std::vector<disk_call> kinds;
    rocksdb::IOStatus status;
  };
  const trouble troubles[] = {
      {{disk_call::write, disk_call::create}, rocksdb::IOStatus::NoSpace()},
      {{disk_call::write}, rocksdb::IOStatus::IOError("EIO")},
      {{disk_call::sync, disk_call::sync_folder},
       rocksdb::IOStatus::IOError("EIO")},
      {{disk_call::change_folder}, rocksdb::IOStatus::IOError("EIO")}};
  auto seed = seed_or(11);
  for (const auto& trouble : troubles) {
    for (int i = 0; i < 6; ++i, ++seed) {
      SCOPED_TRACE("HANSARD_SEED=" + std::to_string(seed));
      clear();
      random_work work{seed};
      disk_->fail_after(work.choose().below(70), trouble.kinds, trouble.status);
      auto log = open();
      if (log) {
        for (int steps = 0; steps < 60 && work.step(**log); ++steps) {
        }
        if ((*log)->failed()) {
          disk_->heal();
          EXPECT_FALSE(work.append_group(**log)) << "it failed for good";
        }
        EXPECT_EQ(events_from(**log), work.model().all());
      } else {
        EXPECT_TRUE(
            log.error().code == ec::storage_failed
            || log.error().code == ec::storage_full)
            << log.error().message;
      }
      if (log)
        log->reset();
      disk_->heal();
      auto recovered = opened();
      ASSERT_TRUE(recovered);
      check(*recovered, work);
      if (HasFatalFailure())
        return;
    }
  }
}

TEST_F(Promise2NothingAcknowledgedIsLost, ByAFlushThatFailsInTheBackground) {
  auto log = opened();
  ASSERT_TRUE(log);
  disk_->fail_after(
      0, {disk_call::create}, rocksdb::IOStatus::NoSpace(), ".sst");
  chooser choose{1};
  auto stream = stream_number(1);
  std::uint64_t taken = 0;
  for (int i = 0; i < 20 && !log->failed(); ++i) {
    token_run run;
    run.add(
        moment(i), token_channel::answer, std::string(24 * 1024 * 1024, 'x'));
    taken += append_next(*log, batch_of(stream, run)).has_value();
  }
  EXPECT_TRUE(log->failed());
  log.reset();
  disk_->heal();
  log = opened();
  ASSERT_TRUE(log);
  EXPECT_EQ(log->version_of(stream)->value, taken);
}

} // namespace

} // namespace hansard::test
