#pragma once

#include "storage/anchor/anchor.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace rocksdb {
class Env;
}

namespace hansard::detail {

/// Writes the anchor after the log has moved: at most once a second, on a
/// thread of its own that sleeps while nothing moves, and when it is
/// destroyed. An anchor that could not be written stays behind, which only
/// makes the check at the next start weaker; it is tried again with the next
/// move.
class anchor_keeper {
public:
  /// @param written What the file says now.
  anchor_keeper(rocksdb::Env* env, std::string path, anchor written);
  ~anchor_keeper();
  anchor_keeper(const anchor_keeper&) = delete;
  anchor_keeper& operator=(const anchor_keeper&) = delete;

  /// The log's durable end is now `head`. Any thread; returns at once.
  void moved(log_mark head);

private:
  void run();
  /// Writes if there is something new. @pre holds `lock`, which is released
  /// during the write.
  void write(std::unique_lock<std::mutex>& lock);

  rocksdb::Env* env_;
  std::string path_;
  std::mutex mutex_;
  std::condition_variable wake_;
  anchor current_;
  anchor written_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace hansard::detail
