#pragma once

#include "actors/reply.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace hansard {

/// The bridge from `reply<T>` to coroutines: calls `ask(reply<T>)` and returns
/// what the reply is given, on the coroutine's own executor. A reply always
/// answers, so the wait always ends; it can't be cancelled, and what it waits
/// for goes on if its connection has died meanwhile.
///
/// `ask` is type-erased: one coroutine for each T, not for each call.
///
/// The executor's context must outlive whoever holds the reply.
template <class T>
boost::asio::awaitable<result<T>>
await_reply(std::function<void(reply<T>)> ask) {
  namespace asio = boost::asio;
  co_return co_await asio::async_initiate<
      const asio::use_awaitable_t<>, void(result<T>)>(
      [&ask](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        ask(reply<T>{[executor, waiting](result<T> value) {
          asio::post(executor, [waiting, value = std::move(value)]() mutable {
            auto resume = std::move(*waiting);
            resume(std::move(value));
          });
        }});
      },
      asio::use_awaitable);
}

} // namespace hansard
