#pragma once

#include "http/app/http_app.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace hansard {

namespace detail {

/// One coroutine for each type of outcome, not for each call.
template <class T>
boost::asio::awaitable<result<T>>
run_erased_query(http_app& app, std::function<result<T>()> work) {
  namespace asio = boost::asio;
  using outcome = result<T>;
  if (++app.waiting_queries > app.rules()->limits->max_waiting_queries) {
    --app.waiting_queries;
    co_return outcome{make_error(
        ec::overloaded, "Too many reads at once. Try again in a moment.")};
  }
  co_return co_await asio::async_initiate<
      const asio::use_awaitable_t<>, void(outcome)>(
      [&app, &work](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        // The coroutine's frame keeps `app` and `work` until it is resumed.
        asio::post(app.queries, [&app, &work, executor, waiting] {
          auto done = [&]() -> outcome {
            try {
              return work();
            } catch (const std::exception& e) {
              return make_error(
                  ec::internal, std::string("The read failed: ") + e.what());
            }
          }();
          --app.waiting_queries;
          asio::post(executor, [waiting, done = std::move(done)]() mutable {
            auto resume = std::move(*waiting);
            resume(std::move(done));
          });
        });
      },
      asio::use_awaitable);
}

} // namespace detail

/// Runs `work`, which may block on disk and returns a result, on a query
/// thread, and returns what it returned on the coroutine's own executor.
/// @returns also overloaded: too many reads wait already; internal: it threw.
template <class Work>
auto run_query(http_app& app, Work work)
    -> boost::asio::awaitable<decltype(work())> {
  using value = typename decltype(work())::value_type;
  return detail::run_erased_query<value>(app, std::move(work));
}

} // namespace hansard
