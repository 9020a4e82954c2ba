#pragma once

#include "actors/controller.hpp"
#include "http/app/metrics.hpp"
#include "http/app/rules.hpp"
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
      : reload(std::move(o.reload)),
        actors(c),
        metrics(std::move(registry)),
        queries(o.query_threads) {
    use(o, std::move(a));
  }

  /// What is in force now. Take it once for each request, and keep it.
  rules_ptr rules() const {
    std::lock_guard lock{rules_mutex_};
    return rules_;
  }
  /// For the requests that come from now on.
  /// @param callers nullptr: as they are.
  void use(const server_options& o, std::shared_ptr<authenticator> callers) {
    auto limits = std::make_shared<server_limits>(o);
    if (o.tls_certificate_file.empty())
      limits->hsts_max_age = std::chrono::milliseconds{0};
    // Freed behind the lock: callers may have threads to wait for.
    rules_ptr old;
    std::lock_guard lock{rules_mutex_};
    old = std::move(rules_);
    if (!callers)
      callers = old->callers;
    rules_ = std::make_shared<server_rules>(
        server_rules{std::move(limits), std::move(callers)});
  }

  /// Counts one connection more; false: the house is full.
  bool admit_connection() {
    const auto most = rules()->limits->max_connections;
    std::lock_guard lock{mutex_};
    if (connections_ >= most)
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
  mutable std::mutex rules_mutex_;
  rules_ptr rules_;
};

} // namespace hansard
