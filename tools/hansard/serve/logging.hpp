#pragma once

#include <string_view>

namespace hansard {

/// Sends spdlog's default logger to stderr in a form of
/// events/text/log_line.hpp, through a bounded queue and a thread of its own: a
/// reader of stderr that stalls costs the oldest lines, never a request.
/// @param level, format as [log] in settings.hpp has them.
void start_logging(std::string_view level, std::string_view format);

/// From now on.
void set_log_level(std::string_view level);

/// Writes what is queued. Lines logged later go nowhere.
void stop_logging();

} // namespace hansard
