#include "actors/secrets/api_key.hpp"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <cstdlib>

namespace hansard {

namespace {

constexpr std::string_view prefix = "hsd_";
constexpr std::string_view alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_size = 26;
constexpr std::size_t check_size = 6;

std::string check_of(std::string_view text) {
  auto digest = sha256(text);
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i)
    number = (number << 8) | digest[static_cast<std::size_t>(i)];
  std::string check;
  for (std::size_t i = 0; i < check_size; ++i) {
    check += alphabet[number % alphabet.size()];
    number /= alphabet.size();
  }
  return check;
}

} // namespace

std::array<std::uint8_t, 32> sha256(std::string_view text) {
  std::array<std::uint8_t, 32> digest;
  SHA256(
      reinterpret_cast<const unsigned char*>(text.data()), text.size(),
      digest.data());
  return digest;
}

std::string make_api_key() {
  std::string key(prefix);
  while (key.size() < prefix.size() + random_size) {
    unsigned char byte = 0;
    // No key without randomness: there is nothing to go on with.
    if (RAND_bytes(&byte, 1) != 1)
      std::abort();
    // 248 is the largest multiple of 62 in a byte; the rest would be uneven.
    if (byte < 248)
      key += alphabet[byte % alphabet.size()];
  }
  return key + check_of(key);
}

bool is_well_formed_api_key(std::string_view text) {
  constexpr auto size = prefix.size() + random_size + check_size;
  if (text.size() != size || !text.starts_with(prefix))
    return false;
  if (text.substr(prefix.size()).find_first_not_of(alphabet) != text.npos)
    return false;
  auto body = text.substr(0, size - check_size);
  return text.substr(size - check_size) == check_of(body);
}

} // namespace hansard
