#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// A moment in UTC, in microseconds since 1970.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

inline timestamp from_unix_us(std::int64_t us) {
  return timestamp{std::chrono::microseconds{us}};
}
inline std::int64_t to_unix_us(timestamp at) {
  return at.time_since_epoch().count();
}

/// "2026-05-28T14:30:45.123Z": ISO 8601, UTC, milliseconds, as the API
/// writes times. Years outside 0000 to 9999 are clamped.
std::string to_iso8601(timestamp at);

/// Reads "YYYY-MM-DDThh:mm:ss", an optional fraction, and "Z" or "+hh:mm".
/// nullopt: anything else.
std::optional<timestamp> from_iso8601(std::string_view text);

} // namespace hansard
