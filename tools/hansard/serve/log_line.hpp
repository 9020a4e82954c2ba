#pragma once

#include "events/time.hpp"

#include <string>
#include <string_view>

namespace hansard {

enum class log_style { text, json };

/// One line of the log, without its line feed, whatever is in `message`:
/// control characters are escaped and bytes that are not UTF-8 replaced, so
/// that nobody can forge a line or reach a terminal.
///
/// A message of the form `name key=value key="a \"quoted\" value"` is an event
/// with members, as logfmt has them; any other is text.
///   text: time=… level=info event=name key=value
///         time=… level=info message="some text"
///   json: {"time":"…","level":"info","event":"name","key":"value"}
std::string format_log_line(
    log_style style, timestamp at, std::string_view level,
    std::string_view message);

/// A value as logfmt writes it: in quotes where it needs them.
std::string log_value(std::string_view text);

} // namespace hansard
