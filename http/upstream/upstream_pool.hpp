#pragma once

#include "http/upstream/upstream_connection.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace hansard {

/// Connections that wait for their next request, per origin. Any thread.
class upstream_pool : public std::enable_shared_from_this<upstream_pool> {
public:
  /// @param context Runs the clock that closes what was idle too long.
  /// @param max_idle_per_origin When more come, the one that waited longest
  ///        goes.
  upstream_pool(
      boost::asio::io_context& context, std::size_t max_idle_per_origin,
      std::chrono::milliseconds max_idle_time);

  /// The connection used last, which is the likeliest to live; null when there
  /// is none.
  std::shared_ptr<upstream_connection> take(const upstream_origin& origin);
  /// @pre Nothing is under way on `connection`.
  void put(std::shared_ptr<upstream_connection> connection);
  /// Closes all that waits, and keeps nothing from now on. After it this holds
  /// nothing of any io_context, so that calls which a stopped one still holds
  /// may be the last to let go of this.
  void close();
  std::size_t idle() const;

private:
  using time_point = std::chrono::steady_clock::time_point;

  void drop_older_than(time_point limit);
  void watch();

  const std::size_t max_idle_per_origin_;
  const std::chrono::milliseconds max_idle_time_;
  mutable std::mutex mutex_;
  /// By origin's key; the one that waited longest in front.
  std::map<std::string, std::deque<std::shared_ptr<upstream_connection>>> idle_;
  /// None: closed.
  std::optional<boost::asio::steady_timer> clock_;
  bool watching_ = false;
};

} // namespace hansard
