#include "events/text/log_text.hpp"

#include "events/text/json_text.hpp"
#include "events/text/utf8.hpp"

#include <algorithm>

namespace hansard {

namespace {

constexpr std::size_t max_value_bytes = 512;

bool is_plain(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

} // namespace

std::string loggable(std::string_view value) {
  value = value.substr(0, utf8_cut(value, max_value_bytes));
  if (!value.empty() && is_plain(value))
    return std::string(value);
  std::string quoted;
  append_json_string(quoted, value);
  return quoted;
}

} // namespace hansard
