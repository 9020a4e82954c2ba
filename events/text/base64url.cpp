#include "events/text/base64url.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace hansard {

namespace {

constexpr std::string_view base64url_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr auto base64url_values = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(0xff);
  for (std::size_t i = 0; i < base64url_digits.size(); ++i)
    out[static_cast<unsigned char>(base64url_digits[i])] =
        static_cast<std::uint8_t>(i);
  return out;
}();

} // namespace

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1)
    return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int held = 0;
  for (unsigned char c : text) {
    auto value = base64url_values[c];
    if (value == 0xff)
      return std::nullopt;
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xff);
    }
  }
  if ((bits & ((1u << held) - 1)) != 0)
    return std::nullopt;
  return out;
}

std::string to_base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (unsigned char c : bytes) {
    bits = (bits << 8) | c;
    for (held += 8; held >= 6;) {
      held -= 6;
      out += base64url_digits[(bits >> held) & 63];
    }
  }
  if (held > 0)
    out += base64url_digits[(bits << (6 - held)) & 63];
  return out;
}

} // namespace hansard
