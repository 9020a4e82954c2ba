#include "http/auth/authentication.hpp"

#include "http/message/exchange.hpp"
#include "http/text/text.hpp"

#include <openssl/evp.h>

namespace hansard {

std::optional<std::string_view> credential_of(const request_head& head) {
  constexpr std::string_view scheme = "Bearer ";
  std::string_view bearer = head.authorization;
  std::string_view key = head.api_key;
  if (!bearer.empty()) {
    if (!equal_ignoring_case(bearer.substr(0, scheme.size()), scheme))
      return std::nullopt;
    bearer.remove_prefix(scheme.size());
    while (bearer.starts_with(' '))
      bearer.remove_prefix(1);
    if (bearer.empty() || (!key.empty() && key != bearer))
      return std::nullopt;
    key = bearer;
  }
  if (key.empty() || key.size() > max_credential_bytes)
    return std::nullopt;
  return key;
}

std::array<std::uint8_t, 32> key_digest(std::string_view key) {
  std::array<std::uint8_t, 32> digest{};
  EVP_Digest(
      key.data(), key.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

} // namespace hansard
