#pragma once

#include "events/time.hpp"

#include <concepts>
#include <span>
#include <string>
#include <string_view>

/// Lines of the log, in one of two styles:
///   text: time=… level=info event=name key=value key="another value"
///         time=… level=info message="some text"
///   json: {"time":"…","level":"info","event":"name","key":"value"}
/// Whatever a value holds, control characters are escaped and bytes that are
/// not UTF-8 replaced, so that nobody can forge a line or a member, or reach a
/// terminal. Pure.
namespace hansard {

enum class log_style { text, json };

/// What an event of the log says besides its name.
struct log_member {
  log_member(std::string_view n, std::string_view text)
      : name(n),
        value(text) {}
  log_member(std::string_view n, std::integral auto number)
      : name(n),
        value(std::to_string(number)) {}

  /// Lower-case letters, digits and underscores.
  std::string_view name;
  std::string value;
};

/// The part of a line behind its level. Values over 2 KiB are cut.
std::string log_event_text(
    log_style style, std::string_view name,
    std::span<const log_member> members);

/// … of a message that is no event.
std::string log_message_text(log_style style, std::string_view message);

/// A line without its line feed. @param said one of the two above.
std::string format_log_line(
    log_style style, timestamp at, std::string_view level,
    std::string_view said);

/// A value as logfmt writes it: in quotes where it needs them.
std::string log_value(std::string_view text);

} // namespace hansard
