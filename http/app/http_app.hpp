#pragma once

#include "actors/controller.hpp"
#include "http/app/metrics.hpp"
#include "http/live_options.hpp"
#include "http/server_options.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace hansard {

/// What every connection and handler of one server shares.
struct http_app {
  http_app(
      server_options o, controller& c,
      std::shared_ptr<prometheus::Registry> registry,
      std::unique_ptr<authenticator> a)
      : options(o),
        reload(std::move(o.reload)),
        actors(c),
        metrics(std::move(registry)),
        queries(o.query_threads),
        callers_(std::move(a)) {}

  /// Who finds out who is calling; kept as long as it is used.
  std::shared_ptr<authenticator> callers() const {
    std::lock_guard lock{callers_mutex_};
    return callers_;
  }
  /// For the requests that come from now on.
  void use(std::shared_ptr<authenticator> callers) {
    std::lock_guard lock{callers_mutex_};
    callers_.swap(callers);
  }

  /// Counts one connection more; false: the house is full.
  bool admit_connection() {
    std::lock_guard lock{mutex_};
    if (connections_ >= options.max_connections)
      return false;
    ++connections_;
    return true;
  }
  void connection_ended() {
    std::lock_guard lock{mutex_};
    if (--connections_ == 0)
      empty_.notify_all();
  }
  std::size_t connections() const {
    std::lock_guard lock{mutex_};
    return connections_;
  }
  /// False: some are left after `patience`.
  bool wait_no_connections(std::chrono::milliseconds patience) {
    std::unique_lock lock{mutex_};
    return empty_.wait_for(lock, patience, [&] { return connections_ == 0; });
  }

  live_options options;
  const reload_action reload;
  controller& actors;
  http_metrics metrics;
  /// Where reads block on disk.
  boost::asio::thread_pool queries;
  std::atomic<std::size_t> waiting_queries{0};
  std::atomic<std::size_t> streams{0};
  std::atomic<std::size_t> bodies_bytes{0};
  std::atomic<bool> draining{false};

private:
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::size_t connections_ = 0;
  mutable std::mutex callers_mutex_;
  std::shared_ptr<authenticator> callers_;
};

} // namespace hansard
