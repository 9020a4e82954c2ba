#include "http/upstream/upstream_pool.hpp"

#include <iterator>
#include <utility>

namespace hansard {

upstream_pool::upstream_pool(
    boost::asio::io_context& context, std::size_t max_idle_per_origin,
    std::chrono::milliseconds max_idle_time)
    : max_idle_per_origin_(max_idle_per_origin),
      max_idle_time_(max_idle_time),
      clock_(std::in_place, context) {}

std::shared_ptr<upstream_connection>
upstream_pool::take(const upstream_origin& origin) {
  const auto youngest_too_old =
      std::chrono::steady_clock::now() - max_idle_time_;
  std::lock_guard lock(mutex_);
  auto found = idle_.find(origin.key());
  if (found == idle_.end())
    return nullptr;
  auto& waiting = found->second;
  std::shared_ptr<upstream_connection> taken;
  while (!taken && !waiting.empty()) {
    auto last = std::move(waiting.back());
    waiting.pop_back();
    if (last->idle_since > youngest_too_old && last->is_alive())
      taken = std::move(last);
  }
  if (waiting.empty())
    idle_.erase(found);
  return taken;
}

void upstream_pool::put(std::shared_ptr<upstream_connection> connection) {
  connection->idle_since = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  if (max_idle_per_origin_ == 0 || !clock_)
    return;
  auto& waiting = idle_[connection->origin().key()];
  waiting.push_back(std::move(connection));
  if (waiting.size() > max_idle_per_origin_)
    waiting.pop_front();
  if (!watching_)
    watch();
}

void upstream_pool::close() {
  std::lock_guard lock(mutex_);
  idle_.clear();
  clock_.reset();
}

std::size_t upstream_pool::idle() const {
  std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [origin, waiting] : idle_)
    count += waiting.size();
  return count;
}

/// @pre mutex_ is held.
void upstream_pool::drop_older_than(time_point limit) {
  for (auto at = idle_.begin(); at != idle_.end();) {
    auto& waiting = at->second;
    while (!waiting.empty() && waiting.front()->idle_since <= limit)
      waiting.pop_front();
    at = waiting.empty() ? idle_.erase(at) : std::next(at);
  }
}

/// @pre mutex_ is held.
void upstream_pool::watch() {
  watching_ = true;
  clock_->expires_after(max_idle_time_);
  clock_->async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    auto self = weak.lock();
    if (!self || ec)
      return;
    std::lock_guard lock(self->mutex_);
    if (!self->clock_)
      return;
    self->drop_older_than(
        std::chrono::steady_clock::now() - self->max_idle_time_);
    self->watching_ = false;
    if (!self->idle_.empty())
      self->watch();
  });
}

} // namespace hansard
