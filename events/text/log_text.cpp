#include "events/text/log_text.hpp"

#include "events/text/json_text.hpp"

#include <algorithm>

namespace hansard {

namespace {

constexpr std::size_t max_value_bytes = 512;

bool is_plain(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

/// Without the beginning of a character whose end is cut off.
std::string_view cut(std::string_view value) {
  if (value.size() <= max_value_bytes)
    return value;
  auto size = max_value_bytes;
  while (size > 0 && (static_cast<unsigned char>(value[size]) & 0xc0) == 0x80)
    --size;
  return value.substr(0, size);
}

} // namespace

std::string loggable(std::string_view value) {
  value = cut(value);
  if (!value.empty() && is_plain(value))
    return std::string(value);
  std::string quoted;
  append_json_string(quoted, value);
  return quoted;
}

} // namespace hansard
