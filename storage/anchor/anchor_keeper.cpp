#include "storage/anchor/anchor_keeper.hpp"

#include "storage/disk/env_files.hpp"

#include <chrono>
#include <utility>

namespace hansard::detail {

namespace {

constexpr std::chrono::seconds interval{1};

} // namespace

anchor_keeper::anchor_keeper(
    rocksdb::Env* env, std::string path, anchor written)
    : env_(env),
      path_(std::move(path)),
      current_(written),
      written_(written),
      thread_([this] { run(); }) {}

anchor_keeper::~anchor_keeper() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void anchor_keeper::moved(log_mark head) {
  bool was_idle = false;
  {
    std::lock_guard lock{mutex_};
    was_idle = current_ == written_;
    current_.head = head;
  }
  if (was_idle)
    wake_.notify_one();
}

void anchor_keeper::run() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    wake_.wait(lock, [this] { return stopping_ || current_ != written_; });
    write(lock);
    wake_.wait_for(lock, interval, [this] { return stopping_; });
  }
  write(lock);
}

void anchor_keeper::write(std::unique_lock<std::mutex>& lock) {
  auto next = current_;
  if (next == written_)
    return;
  lock.unlock();
  bool done = replace_file(*env_, path_, to_text(next)).ok();
  lock.lock();
  if (done)
    written_ = next;
}

} // namespace hansard::detail
