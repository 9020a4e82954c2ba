#pragma once

#include "actors/secrets/secret_text.hpp"
#include "events/error.hpp"
#include "projections/directory/credentials.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// A key that seals provider credentials: 32 random bytes.
class credential_key {
public:
  using id_type = std::array<std::uint8_t, 8>;

  /// Base64 of 32 bytes (RFC 4648 §4), as `openssl rand -base64 32` writes it.
  /// invalid_request: it is not, or can be guessed; the message does not
  /// repeat it.
  static result<credential_key> parse(std::string_view text);

  /// Of its SHA-256: says which key it is, and nothing else of it.
  const id_type& id() const { return id_; }
  std::string_view bytes() const { return bytes_.view(); }

private:
  explicit credential_key(secret_text bytes);

  secret_text bytes_;
  id_type id_{};
};

/// The first seals; all of them open.
using credential_keys = std::vector<credential_key>;

/// The value under a key, or the key to it. Pure but for the random nonce.
/// @returns internal: there is no randomness.
result<sealed_credential>
seal(const credential_key& with, std::string name, const secret_text& value);
/// @returns corrupt: `sealed` was made with another key, or was altered.
result<secret_text>
unseal(const credential_key& with, const sealed_credential& sealed);

/// Provider credentials: what is recorded of them, and the keys to it.
/// Thread-safe.
class credential_vault {
public:
  explicit credential_vault(const credential_directory& directory)
      : directory_(directory) {}

  /// Puts these keys in place of those before; none: nothing can be sealed or
  /// opened.
  void use(credential_keys keys);
  /// In the order of use.
  std::vector<credential_key::id_type> key_ids() const;

  /// not_configured: there is no key.
  result<sealed_credential>
  seal(std::string name, const secret_text& value) const;

  /// The value of a credential in force. upstream_failed, as it is a model
  /// server that can't be asked then: there is none of that name, none of the
  /// keys opens it, or its record is damaged. The message says which, and
  /// nothing of the value.
  result<secret_text> open(std::string_view name) const;
  /// Whether open() gives the value of this one.
  bool opens(const sealed_credential& sealed) const;

  const credential_directory& directory() const { return directory_; }

private:
  std::shared_ptr<const credential_keys> keys() const;

  const credential_directory& directory_;
  mutable std::mutex mutex_;
  std::shared_ptr<const credential_keys> keys_ =
      std::make_shared<credential_keys>();
};

/// What a credential's name and value may be. invalid_request; the message
/// never repeats the value.
result<void> check_credential_name(std::string_view name);
result<void> check_credential_value(const secret_text& value);

inline constexpr std::size_t max_credential_name_bytes = 64;
inline constexpr std::size_t max_credential_value_bytes = 8 * 1024;

} // namespace hansard
