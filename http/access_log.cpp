#include "http/access_log.hpp"

#include "events/json_text.hpp"
#include "http/text.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace hansard {

namespace {

bool is_plain(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

void add(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty())
    return;
  out += ' ';
  out += name;
  out += '=';
  out += loggable(value);
}

} // namespace

std::string loggable(std::string_view value) {
  if (!value.empty() && is_plain(value))
    return std::string(value);
  std::string quoted;
  append_json_string(quoted, cut_utf8(value, 512));
  return quoted;
}

std::string to_log_line(const request_line& line) {
  std::string out = "request";
  add(out, "method", line.method.substr(0, 16));
  add(out, "route", line.route);
  add(out, "status", std::to_string(line.status));
  add(out, "ms", fmt::format("{:.3f}", line.milliseconds));
  add(out, "request_id", line.request_id);
  add(out, "principal", line.principal);
  add(out, "session", line.session);
  add(out, "traceparent", line.traceparent);
  return out;
}

void log_request(const request_line& line) {
  if (spdlog::should_log(spdlog::level::info))
    spdlog::info("{}", to_log_line(line));
}

} // namespace hansard
