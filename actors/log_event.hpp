#pragma once

#include "events/text/log_line.hpp"

#include <initializer_list>
#include <span>
#include <string_view>

/// Events of the program's log. Any thread.
namespace hansard {

enum class log_level { debug, info, warning, error, critical };

/// Writes an event to spdlog's default logger, built once in the style that is
/// set: `log_event(log_level::warning, "accept_failed", {{"reason", why}})`.
/// Costs next to nothing where the level is not logged.
/// @param name lower-case letters, digits and underscores.
void log_event(
    log_level level, std::string_view name,
    std::span<const log_member> members);
void log_event(
    log_level level, std::string_view name,
    std::initializer_list<log_member> members = {});

/// Whether events of that level are logged, for members that cost something.
bool is_logged(log_level level);

/// Of the events from now on; text to begin with.
void set_log_style(log_style style);

/// The file name of the source location that events come from. What has this
/// very pointer was built by log_event(); no text can pretend it was.
extern const char* const log_event_source;

} // namespace hansard
