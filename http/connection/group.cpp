#include "http/connection/group.hpp"

#include <boost/asio/post.hpp>

namespace hansard {

void connection_group::add(ticked& c) {
  members_.push_back(c);
  if (!ticking_) {
    ticking_ = true;
    start_timer();
  }
}

void connection_group::start_timer() {
  timer_.expires_after(period_);
  timer_.async_wait(
      [self = shared_from_this()](boost::system::error_code failed) {
        if (!failed)
          self->on_timer();
      });
}

void connection_group::on_timer() {
  auto now = std::chrono::steady_clock::now();
  // A connection may leave the list while it is ticked.
  for (auto at = members_.begin(); at != members_.end();)
    (at++)->tick(now);
  ticking_ = !members_.empty();
  if (ticking_)
    start_timer();
}

void connection_group::shut_down(bool now) {
  boost::asio::post(context_, [self = shared_from_this(), now] {
    for (auto at = self->members_.begin(); at != self->members_.end();)
      (at++)->shut_down(now);
  });
}

} // namespace hansard
