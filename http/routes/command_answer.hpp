#pragma once

#include "http/app/await_reply.hpp"
#include "http/message/exchange.hpp"
#include "http/message/preconditions.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <string>
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
boost::asio::awaitable<std::optional<error>>
done(std::function<void(reply<std::monostate>)> ask);

/// What the request asks of a record that is new with each of its kind:
/// If-Match asks for one that can't be there.
result<void> check_new(const exchange& x);

/// Revokes what nothing changes until it is revoked: its id is its entity tag.
boost::asio::awaitable<response> answer_revoked(
    exchange& x, std::string id,
    std::function<void(reply<std::monostate>)> revoke);

/// Answers with 204 once such a command is recorded.
/// @param ask called with the reply and what the request asks of the record.
boost::asio::awaitable<response> answer_done(
    exchange& x, std::function<void(reply<std::monostate>, precondition)> ask);

} // namespace hansard
