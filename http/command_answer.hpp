#pragma once

#include "http/await_reply.hpp"
#include "http/exchange.hpp"
#include "http/preconditions.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <utility>
#include <variant>

/// What routes share that have something recorded.
namespace hansard {

/// Who does it, and by which request.
inline cause by(const exchange& x) { return {x.who.user, x.request_id}; }

inline response no_content() {
  response out;
  out.status = 204;
  return out;
}

/// Waits for a command that answers with nothing but that it is recorded.
/// nullopt: it is.
template <class Ask>
boost::asio::awaitable<std::optional<error>> done(Ask ask) {
  auto answer = co_await await_reply<std::monostate>(std::move(ask));
  if (answer)
    co_return std::nullopt;
  co_return answer.error();
}

/// Answers with 204 once such a command is recorded.
/// @param ask called with the reply and what the request asks of the record.
template <class Ask>
boost::asio::awaitable<response> answer_done(exchange& x, Ask ask) {
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto failed = co_await done([&](reply<std::monostate> answer) {
    ask(std::move(answer), std::move(*expected));
  });
  co_return failed ? refuse(x, *failed) : no_content();
}

} // namespace hansard
