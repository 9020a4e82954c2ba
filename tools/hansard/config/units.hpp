#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// A number of bytes in a setting.
struct byte_size {
  std::uint64_t bytes = 0;

  auto operator<=>(const byte_size&) const = default;
};

/// Reads "500ms", "15s", "2m", "1.5h", "1d", "0"; no unit means only zero.
/// nullopt: anything else, or more than ten thousand days.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest exact form: "15s" rather than "15000ms".
std::string format_duration(std::chrono::milliseconds value);

/// Reads "8MiB", "64 KiB", "1GB" (a thousand millions), "512" (bytes).
/// nullopt: anything else, or more than 8 PiB.
std::optional<byte_size> parse_size(std::string_view text);

/// The shortest exact form with a binary unit: "8MiB".
std::string format_size(byte_size value);

} // namespace hansard
