#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <utility>

namespace hansard {

/// Something that happens once, and one coroutine that waits for it. All on
/// the thread of `context`.
class one_shot {
public:
  explicit one_shot(boost::asio::io_context& context) : context_(&context) {}

  /// Returns once set() was called, at once if it was before.
  /// @pre nobody else waits.
  boost::asio::awaitable<void> wait() {
    if (set_)
      co_return;
    co_await boost::asio::async_initiate<
        const boost::asio::use_awaitable_t<>, void()>(
        [this](auto handler) { waiting_.emplace(std::move(handler)); },
        boost::asio::use_awaitable);
  }

  /// Wakes the waiter, not on the stack of this call.
  void set() {
    set_ = true;
    if (!waiting_)
      return;
    boost::asio::post(*context_, std::move(*waiting_));
    waiting_.reset();
  }

private:
  boost::asio::io_context* context_;
  bool set_ = false;
  // In an optional: assignment of Asio 1.26's any_completion_handler calls
  // itself for ever.
  std::optional<boost::asio::any_completion_handler<void()>> waiting_;
};

} // namespace hansard
