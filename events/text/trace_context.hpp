#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// Which distributed trace something is part of (W3C Trace Context, level 1):
/// the trace, and the operation in it.
struct trace_context {
  std::array<std::uint8_t, 16> trace{};
  std::array<std::uint8_t, 8> span{};
  bool sampled = false;

  bool operator==(const trace_context&) const = default;

  /// 32 and 16 hexadecimal digits.
  std::string trace_text() const;
  std::string span_text() const;
};

/// Reads the value of a traceparent header, as strictly as §3.2 has it: no
/// other length, capitals, or ids of zeros; of versions after 00 what they have
/// in common with it. nullopt: it is none, and is to be ignored. Pure.
std::optional<trace_context> read_traceparent(std::string_view text);

/// The header's value, version 00; of the flags the one that it knows.
std::string to_traceparent(const trace_context& context);

} // namespace hansard
