#include "actors/log_event.hpp"

#include <spdlog/spdlog.h>

#include <atomic>

namespace hansard {

namespace {

std::atomic<log_style> style_of_events{log_style::text};

spdlog::level::level_enum spdlog_level(log_level level) {
  switch (level) {
  case log_level::debug:
    return spdlog::level::debug;
  case log_level::info:
    return spdlog::level::info;
  case log_level::warning:
    return spdlog::level::warn;
  case log_level::error:
    return spdlog::level::err;
  default:
    return spdlog::level::critical;
  }
}

} // namespace

const char* const log_event_source = "event";

bool is_logged(log_level level) {
  return spdlog::should_log(spdlog_level(level));
}

void log_event(
    log_level level, std::string_view name,
    std::span<const log_member> members) {
  if (!is_logged(level))
    return;
  const auto text = log_event_text(style_of_events, name, members);
  spdlog::default_logger_raw()->log(
      spdlog::source_loc{log_event_source, 1, ""}, spdlog_level(level),
      spdlog::string_view_t(text.data(), text.size()));
}

void log_event(
    log_level level, std::string_view name,
    std::initializer_list<log_member> members) {
  log_event(
      level, name,
      std::span<const log_member>(members.begin(), members.size()));
}

void set_log_style(log_style style) { style_of_events = style; }

} // namespace hansard
