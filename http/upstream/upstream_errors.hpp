#pragma once

#include "actors/llm_backend.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// What a model server says in the body of an error, or in the middle of a
/// stream. Raw: to be clipped before it is shown.
struct provider_error {
  std::string message;
  std::string type;
  std::string code;
};

/// Reads {"error":{"message","type","code"}}, {"error":"…"}, and the shapes of
/// servers that put the members at the top ({"object":"error",…}, {"detail":…},
/// {"message":…}). nullopt: an answer without an error.
std::optional<provider_error>
read_provider_error(const boost::json::object& root);

/// Like read_provider_error, but only what is certainly an error: used on each
/// chunk of a stream.
std::optional<provider_error>
read_stream_error(const boost::json::object& root);

/// The head of an HTTP response, as far as it matters.
struct upstream_head {
  unsigned status = 0;
  std::string content_type;
  std::string content_encoding;
  std::string retry_after;
  std::string retry_after_ms;
};

/// A response that is not 2xx. 504: upstream_timed_out; others:
/// upstream_failed. 408, 429 and 5xx are retryable.
/// @param body As much of it as was read.
upstream_failure failure_of_status(
    const upstream_head& head, std::string_view body, timestamp now);

/// An error that came with status 200. Retryable if its type or code says so.
upstream_failure failure_of_provider_error(const provider_error& said);

/// Retry-After: seconds, or an IMF-fixdate (RFC 9110 §10.2.3). At most a day.
std::optional<std::chrono::milliseconds>
read_retry_after(const upstream_head& head, timestamp now);

} // namespace hansard
