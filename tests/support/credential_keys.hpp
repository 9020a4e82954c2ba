#pragma once

#include "actors/secrets/credential_vault.hpp"

#include <stdexcept>

namespace hansard::test {

/// Keys of 32 bytes for provider credentials, each always the same.
inline constexpr std::string_view credential_key_text =
    "CRf0Bqv3mYVOp5Wn1s7TQxg2ZkHdLJtUiEa9yXbK4cM=";
inline constexpr std::string_view other_credential_key_text =
    "1s7TQxg2ZkHdLJtUiEa9yXbK4cMCRf0Bqv3mYVOp5Ws=";

inline credential_key
sample_credential_key(std::string_view text = credential_key_text) {
  auto key = credential_key::parse(text);
  if (!key)
    throw std::logic_error(key.error().message);
  return *key;
}

} // namespace hansard::test
