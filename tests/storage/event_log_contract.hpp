#pragma once

#include "storage/event_log.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace hansard::test {

enum class log_kind { memory, rocksdb };

/// The suite that every log passes: one fixture, each kind of log.
class EventLogContract : public ::testing::TestWithParam<log_kind> {
protected:
  void SetUp() override { start_over(); }

  /// An empty log.
  void start_over() {
    log_.reset();
    folder_ = std::make_unique<temp_dir>();
    if (GetParam() == log_kind::memory)
      log_ = make_memory_event_log();
    else
      reopen();
  }

  /// Closes and recovers a log on disk; one in memory stays as it is.
  void reopen() {
    if (GetParam() == log_kind::memory)
      return;
    log_.reset();
    rocksdb_log_options options;
    options.path = *folder_ / "log";
    auto opened = open_rocksdb_event_log(options);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    log_ = *std::move(opened);
  }

  event_log& log() { return *log_; }

private:
  std::unique_ptr<temp_dir> folder_;
  std::unique_ptr<event_log> log_;
};

inline std::string kind_name(const ::testing::TestParamInfo<log_kind>& info) {
  return info.param == log_kind::memory ? "Memory" : "RocksDb";
}

} // namespace hansard::test
