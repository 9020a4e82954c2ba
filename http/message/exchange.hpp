#pragma once

#include "events/text/trace_context.hpp"
#include "http/message/problem.hpp"
#include "http/message/request_head.hpp"
#include "http/text/wall_clock.hpp"
#include "projections/directory/access.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard {

struct http_app;
struct server_rules;
class chat_stream;

/// A body that is made while it is sent. Used on the connection's thread.
class body_source {
public:
  virtual ~body_source() = default;
  /// Appends the next piece, about 64 KiB, to `out`. Nothing appended: the
  /// body is whole. An error breaks the connection: the client sees that the
  /// body is not whole.
  virtual boost::asio::awaitable<result<void>> next(std::string& out) = 0;
};

/// An answer: a text, a source, or a chat stream.
struct response {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::unique_ptr<body_source> source;
  std::shared_ptr<chat_stream> stream;
};

/// One request and what is known about it.
struct exchange {
  exchange(
      http_app& a, boost::asio::io_context& c,
      std::shared_ptr<const server_rules> r)
      : app(a),
        context(c),
        rules(std::move(r)) {}

  http_app& app;
  /// Of the connection: where the handler runs.
  boost::asio::io_context& context;
  /// What was in force when it came.
  std::shared_ptr<const server_rules> rules;
  request_head head;
  std::string body;
  std::string request_id;
  trace_context trace;
  /// The caller named the trace, and is told it in errors.
  bool trace_is_callers = false;
  /// By the names in the route's template, percent-decoded.
  std::map<std::string, std::string, std::less<>> path;
  /// Percent-decoded; of members that are there twice, the first.
  std::map<std::string, std::string, std::less<>> query;
  /// Set where the route asks for authentication.
  principal who;
  /// access_directory::revocations() when they were authenticated.
  std::uint64_t revocations = 0;
  /// The route's template, for logs and metrics.
  std::string_view route = "unmatched";
  /// When its head was whole.
  std::chrono::steady_clock::time_point began =
      std::chrono::steady_clock::now();
  /// The agent whose answer is streamed, where that takes a grant.
  std::string chats_with;
  /// For the log line.
  std::string session;
};

using handler = boost::asio::awaitable<response> (*)(exchange&);

/// An answer in the one error format.
response refuse(const exchange& x, const problem& p);
response refuse(const exchange& x, const error& why);

/// An answer of JSON text.
response json_response(std::string body, unsigned status = 200);

} // namespace hansard
