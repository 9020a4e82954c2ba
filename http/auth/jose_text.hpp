#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The text forms of JOSE (RFC 7515, 7516): what is the same for session
/// cookies and for tokens. Pure; any thread.
namespace hansard {

/// Longer tokens are not looked at.
inline constexpr std::size_t max_token_bytes = 64 * 1024;

/// The parts of a compact serialization. nullopt: there are more or fewer.
template <std::size_t Parts>
std::optional<std::array<std::string_view, Parts>>
split_compact(std::string_view token) {
  std::array<std::string_view, Parts> parts;
  for (std::size_t i = 0; i + 1 < Parts; ++i) {
    auto dot = token.find('.');
    if (dot == token.npos)
      return std::nullopt;
    parts[i] = token.substr(0, dot);
    token.remove_prefix(dot + 1);
  }
  if (token.find('.') != token.npos)
    return std::nullopt;
  parts[Parts - 1] = token;
  return parts;
}

/// A protected header. Members that change what the token means (`crit`,
/// `zip`, `b64`) or bring a key of their own (`jwk`, `jku`, `x5u`, `x5c`) are
/// refused, and so is a member that is there twice.
struct jose_header {
  std::string alg;
  std::string enc;
  std::string kid;
};

/// @param encoded in base64url. nullopt: not a header that is understood.
std::optional<jose_header> read_jose_header(std::string_view encoded);

} // namespace hansard
