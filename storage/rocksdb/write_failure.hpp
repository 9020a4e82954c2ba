#pragma once

#include "events/error.hpp"

#include <rocksdb/listener.h>

#include <atomic>
#include <mutex>
#include <string>

namespace hansard::detail {

/// The log's first write failure, which is its last word: after a failed write
/// or sync nobody knows what the disk has, and a second sync of the same data
/// may succeed although the kernel has dropped it. RocksDB reports failures of
/// its background work here.
class write_failure : public rocksdb::EventListener {
public:
  bool happened() const noexcept {
    return happened_.load(std::memory_order_acquire);
  }

  void record(const std::string& reason) {
    std::lock_guard lock{mutex_};
    if (happened_)
      return;
    reason_ = reason;
    happened_.store(true, std::memory_order_release);
  }

  error to_error() const {
    std::lock_guard lock{mutex_};
    return make_error(
        ec::storage_failed, "The log could not be written (" + reason_
                                + ") and takes nothing more until a restart.");
  }

  void OnBackgroundError(
      rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    record(status->ToString());
  }

  void OnErrorRecoveryBegin(
      rocksdb::BackgroundErrorReason, rocksdb::Status,
      bool* auto_recovery) override {
    *auto_recovery = false;
  }

private:
  std::atomic<bool> happened_ = false;
  mutable std::mutex mutex_;
  std::string reason_;
};

} // namespace hansard::detail
