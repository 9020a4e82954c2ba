#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Numbers as LEB128: seven bits a byte, low bits first, the high bit set on
/// all bytes but the last.
namespace hansard {

inline void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

enum class varint_form : std::uint8_t {
  shortest,
  /// With bytes that it did not need.
  padded,
  /// Cut off, or of more than 64 bits: no number.
  malformed,
};

/// Takes a number off the front of `bytes`, which may be anything. `value` and
/// `bytes` are of use only where there is one.
inline varint_form take_varint(std::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    auto next = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (shift == 63 && next > 1)
      break;
    value |= std::uint64_t{next & 0x7fu} << shift;
    if (next < 0x80)
      return next == 0 && shift > 0 ? varint_form::padded
                                    : varint_form::shortest;
  }
  return varint_form::malformed;
}

/// Small magnitudes become small numbers: 0, -1, 1, -2 … are 0, 1, 2, 3 …
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1)
         ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (0 - (value & 1)));
}

} // namespace hansard
