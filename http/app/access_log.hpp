#pragma once

#include "events/text/log_line.hpp"

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

/// The event "request" as the log has it behind the level; what is empty is
/// left out. Pure.
std::string
to_log_line(const request_line& line, log_style style = log_style::text);

/// Writes the line to the log of the program.
void log_request(const request_line& line);

} // namespace hansard
