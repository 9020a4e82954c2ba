#pragma once

#include "http/message/exchange.hpp"
#include "http/text/body.hpp"
#include "http/text/request_json.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What several handlers need.
namespace hansard {

/// The body as a JSON object; an empty body counts as {}.
/// The view looks into `x.body`.
result<json_view> body_object(const exchange& x);

/// The refusal of routes about a user.
inline error no_such_user() {
  return make_error(ec::not_found, "There is no such user.");
}

/// Reads the body by a table of its members.
template <class Body, std::size_t N>
result<Body>
read_body(const exchange& x, const std::array<body_member<Body>, N>& table) {
  auto object = body_object(x);
  if (!object)
    return object.error();
  Body out;
  if (auto read = read_members(*object, table, out); !read)
    return read.error();
  return out;
}

/// A whole number from the query string; `otherwise` where it is absent.
result<std::uint64_t> query_number(
    const exchange& x, std::string_view name, std::uint64_t otherwise,
    std::uint64_t most);

/// A member of the query string; empty: absent.
std::string query_text(const exchange& x, std::string_view name);

/// A turn's id in a request; an empty text is the nil id.
result<turn_id> turn_from(std::string_view text, std::string_view member);

/// Waits until the projections hold what the log held when this was called, so
/// that a caller reads its own writes.
/// @returns timed_out after server_limits::read_patience.
boost::asio::awaitable<result<void>> projections_ready(exchange& x);

} // namespace hansard
