#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hansard {

/// Bytes as lower-case hexadecimal digits, two a byte.
std::string hex_text(std::string_view bytes);

template <std::size_t N>
std::string hex_text(const std::array<std::uint8_t, N>& bytes) {
  return hex_text({reinterpret_cast<const char*>(bytes.data()), N});
}

/// Appends the two digits of one byte.
void append_hex(std::string& out, std::uint8_t byte);

} // namespace hansard
