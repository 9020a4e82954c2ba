#include "http/auth/authentication.hpp"

#include "http/message/exchange.hpp"
#include "http/text/text.hpp"

#include <openssl/evp.h>

namespace hansard {

namespace {

/// What stands behind `Bearer`, maybe nothing. nullopt: the field is not there
/// or is of another scheme: a proxy's, say, and none of Hansard's business.
std::optional<std::string_view> bearer_of(const request_head& head) {
  constexpr std::string_view scheme = "Bearer";
  std::string_view text = head.authorization;
  if (!equal_ignoring_case(text.substr(0, scheme.size()), scheme))
    return std::nullopt;
  text.remove_prefix(scheme.size());
  if (!text.empty() && !text.starts_with(' '))
    return std::nullopt;
  while (text.starts_with(' '))
    text.remove_prefix(1);
  return text;
}

} // namespace

bool shows_credential(const request_head& head) {
  return !head.api_key.empty() || bearer_of(head);
}

std::optional<std::string_view> credential_of(const request_head& head) {
  std::string_view key = head.api_key;
  if (auto bearer = bearer_of(head)) {
    if (bearer->empty() || (!key.empty() && key != *bearer))
      return std::nullopt;
    key = *bearer;
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
