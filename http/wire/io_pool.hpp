#pragma once

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace hansard {

/// Threads for sockets: one io_context a thread. All that belongs to one
/// connection runs on the thread that it was given, so connections need no
/// strands and no locks.
class io_pool {
public:
  /// Starts `threads` (at least 1) threads.
  explicit io_pool(std::size_t threads);
  /// Stops the contexts and joins the threads.
  ~io_pool();

  io_pool(const io_pool&) = delete;
  io_pool& operator=(const io_pool&) = delete;

  std::size_t size() const { return workers_.size(); }
  boost::asio::io_context& at(std::size_t i) { return *workers_[i].context; }
  /// The next context in turn. Any thread.
  boost::asio::io_context& next();
  /// Ends the threads; what is pending is dropped. Idempotent.
  void stop();

private:
  struct worker {
    std::unique_ptr<boost::asio::io_context> context;
    std::thread thread;
  };
  std::vector<worker> workers_;
  std::atomic<std::size_t> turn_{0};
};

} // namespace hansard
