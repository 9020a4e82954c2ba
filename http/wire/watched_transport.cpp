#include "http/wire/watched_transport.hpp"

#include <boost/asio/io_context.hpp>

#include <utility>

namespace hansard {

void watched_transport::start_watch(
    std::shared_ptr<transport_listener> listener) {
  watching_ = true;
  watch(std::move(listener));
}

boost::asio::awaitable<void> watched_transport::stop_watch(std::string& in) {
  watching_ = false;
  if (wait_pending_) {
    watch_ended_.emplace(static_cast<boost::asio::io_context&>(
        socket().get_executor().context()));
    cancel();
    co_await watch_ended_->wait();
    watch_ended_.reset();
  }
  in += watched_;
  std::string().swap(watched_);
}

void watched_transport::cancel() {
  error_code ignored;
  socket().cancel(ignored);
}

void watched_transport::close() {
  error_code ignored;
  socket().close(ignored);
}

void watched_transport::watch(std::shared_ptr<transport_listener> listener) {
  wait_pending_ = true;
  wait_for_input(std::move(listener));
}

void watched_transport::input_came(
    error_code failed, std::string_view bytes,
    std::shared_ptr<transport_listener> listener) {
  wait_pending_ = false;
  watched_ += bytes;
  if (!watching_) {
    if (watch_ended_)
      watch_ended_->set();
    return;
  }
  if (failed)
    listener->on_peer_gone();
  else if (watched_.size() < max_watched_bytes)
    watch(std::move(listener));
}

} // namespace hansard
