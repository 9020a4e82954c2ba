#include "events/ids.hpp"

#include <cstring>

namespace hansard {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    auto c = static_cast<unsigned char>(alphabet[i]);
    values[c] = static_cast<std::int8_t>(i);
    if (c >= 'A' && c <= 'Z')
      values[c - 'A' + 'a'] = static_cast<std::int8_t>(i);
  }
  return values;
}

constexpr auto digit_values = make_values();
constexpr std::size_t text_size = 26;

} // namespace

id_bytes make_ulid(
    std::uint64_t unix_ms, std::uint64_t random_high,
    std::uint64_t random_low) {
  id_bytes id;
  for (int i = 0; i < 6; ++i)
    id.bytes[i] = static_cast<std::uint8_t>(unix_ms >> (8 * (5 - i)));
  for (int i = 0; i < 2; ++i)
    id.bytes[6 + i] = static_cast<std::uint8_t>(random_high >> (8 * (1 - i)));
  for (int i = 0; i < 8; ++i)
    id.bytes[8 + i] = static_cast<std::uint8_t>(random_low >> (8 * (7 - i)));
  return id;
}

std::string to_base32(const id_bytes& id) {
  // 26 digits hold 130 bits: two zero bits stand before the first byte.
  std::string text(text_size, '0');
  std::uint32_t window = 0;
  int bits = 2;
  std::size_t next = 0;
  for (auto byte : id.bytes) {
    window = (window << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text[next++] = alphabet[(window >> bits) & 31];
    }
  }
  return text;
}

std::optional<id_bytes> from_base32(std::string_view text) {
  if (text.size() != text_size)
    return std::nullopt;
  id_bytes id;
  std::uint32_t window = 0;
  int bits = -2;
  std::size_t next = 0;
  for (auto c : text) {
    auto value = digit_values[static_cast<unsigned char>(c)];
    if (value < 0)
      return std::nullopt;
    // The first digit carries three bits; a larger one would overflow.
    if (bits == -2 && value > 7)
      return std::nullopt;
    window = (window << 5) | static_cast<std::uint32_t>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      id.bytes[next++] = static_cast<std::uint8_t>(window >> bits);
    }
  }
  return id;
}

std::size_t id_hash::operator()(const id_bytes& id) const noexcept {
  // The low half of a ULID is random; mixing in the high half keeps the two
  // fixed streams apart.
  std::uint64_t high, low;
  std::memcpy(&high, id.bytes.data(), 8);
  std::memcpy(&low, id.bytes.data() + 8, 8);
  return static_cast<std::size_t>(low ^ (high * 0x9E3779B97F4A7C15ULL));
}

} // namespace hansard
