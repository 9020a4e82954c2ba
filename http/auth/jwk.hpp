#pragma once

#include "actors/secrets/secret_text.hpp"
#include "events/error.hpp"

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

enum class jwt_algorithm : std::uint8_t { rs256, es256, eddsa, hs256 };

/// A key that can check a signature, and the one algorithm that it is for: a
/// token can not choose another (RFC 8725 §3.1).
struct verification_key {
  jwt_algorithm algorithm;
  /// Empty: it has none.
  std::string kid;
  /// Null for hs256.
  std::shared_ptr<EVP_PKEY> public_key;
  /// For hs256.
  secret_text secret;
};

using key_set = std::vector<verification_key>;

inline constexpr std::size_t max_key_set_bytes = 256 * 1024;
inline constexpr std::size_t max_keys = 64;

/// Reads a JWK Set (RFC 7517 §5): RSA of 2048 to 8192 bits, EC P-256, OKP
/// Ed25519. Keys of other kinds or uses are passed over; symmetric ones too,
/// since a set is public. Pure.
/// @returns invalid_request: not a set, or no key in it can be used.
result<key_set> read_key_set(std::string_view json);

} // namespace hansard
