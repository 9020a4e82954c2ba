#include "http/app/access_log.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace hansard {

namespace {

void add(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty())
    return;
  out += ' ';
  out += name;
  out += '=';
  out += loggable(value);
}

} // namespace

std::string to_log_line(const request_line& line) {
  std::string out = "request";
  add(out, "method", line.method.substr(0, 16));
  add(out, "route", line.route);
  add(out, "status", std::to_string(line.status));
  add(out, "ms", fmt::format("{:.3f}", line.milliseconds));
  add(out, "request_id", line.request_id);
  add(out, "principal", line.principal);
  add(out, "session", line.session);
  add(out, "trace", line.trace);
  add(out, "span", line.span);
  return out;
}

void log_request(const request_line& line) {
  if (spdlog::should_log(spdlog::level::info))
    spdlog::info("{}", to_log_line(line));
}

} // namespace hansard
