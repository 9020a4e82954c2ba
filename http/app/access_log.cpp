#include "http/app/access_log.hpp"

#include "actors/log_event.hpp"

#include <fmt/format.h>

#include <vector>

namespace hansard {

namespace {

std::vector<log_member> members_of(const request_line& line) {
  std::vector<log_member> out;
  out.reserve(9);
  auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty())
      out.emplace_back(name, value);
  };
  add("method", line.method.substr(0, 16));
  add("route", line.route);
  out.emplace_back("status", line.status);
  add("ms", fmt::format("{:.3f}", line.milliseconds));
  add("request_id", line.request_id);
  add("principal", line.principal);
  add("session", line.session);
  add("trace", line.trace);
  add("span", line.span);
  return out;
}

constexpr std::string_view event_name = "request";

} // namespace

std::string to_log_line(const request_line& line, log_style style) {
  return log_event_text(style, event_name, members_of(line));
}

void log_request(const request_line& line) {
  if (is_logged(log_level::info))
    log_event(log_level::info, event_name, members_of(line));
}

} // namespace hansard
