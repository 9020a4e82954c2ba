#pragma once

#include "events/text/log_text.hpp"

#include <string>
#include <string_view>

namespace hansard {

/// What one line of the request log says. No content, no secrets.
struct request_line {
  std::string_view method;
  /// The route's template, never the target: that may hold ids and queries.
  std::string_view route;
  unsigned status = 0;
  double milliseconds = 0;
  std::string_view request_id;
  std::string_view principal;
  std::string_view session;
  /// Of the W3C Trace Context.
  std::string_view trace;
  std::string_view span;
};

/// As `name=value` pairs, values quoted where they need it, control characters
/// escaped. Pure.
std::string to_log_line(const request_line& line);

/// Writes the line to the log of the program.
void log_request(const request_line& line);

} // namespace hansard
