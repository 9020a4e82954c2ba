#include "events/text/hex.hpp"

namespace hansard {

void append_hex(std::string& out, std::uint8_t byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

std::string hex_text(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (auto c : bytes)
    append_hex(out, static_cast<std::uint8_t>(c));
  return out;
}

} // namespace hansard
