#pragma once

#include "actors/secrets/secret_text.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The session cookies of NextAuth v4 and Auth.js v5: JWEs under a key made
/// from a secret that the web application and Hansard share. Formats read from
/// nextauthjs/next-auth, branch v4: packages/next-auth/src/jwt/index.ts, and
/// main: packages/core/src/jwt.ts. Pure; any thread.
namespace hansard {

/// The names that the session cookie has, plain and __Secure-.
inline constexpr std::string_view session_cookie_names[] = {
    "__Secure-authjs.session-token", "authjs.session-token",
    "__Secure-next-auth.session-token", "next-auth.session-token"};

struct session_cookie {
  /// One of the names above; empty: it came as a bearer token.
  std::string_view name;
  std::string token;
};

/// The session cookies of a `Cookie` header, in the order in which they are to
/// be tried; of each name the chunks `.0 .1 …` joined, as many as follow each
/// other, then some fewer, then the bare one. Where a name is there with
/// several values, each is one to try: they are sealed, so only a good one
/// opens. Each value without a pair of quotes around it.
/// @param secure_only passes over names without __Secure-.
std::vector<session_cookie>
find_session_cookies(std::string_view header, bool secure_only);

/// The keys that one secret gives.
class session_keys {
public:
  explicit session_keys(std::string_view secret);

  /// v4: HKDF-SHA256 without salt.
  const secret_text& v4() const { return v4_; }
  /// v5: with the cookie's name as salt; 64 bytes for A256CBC-HS512, 32 for
  /// A256GCM. @param name index into session_cookie_names.
  const secret_text& v5_cbc(std::size_t name) const { return cbc_[name]; }
  const secret_text& v5_gcm(std::size_t name) const { return gcm_[name]; }
  /// RFC 7638 thumbprint of v5_cbc with SHA-512, as v5 writes it into `kid`.
  const std::string& kid(std::size_t name) const { return kids_[name]; }

private:
  secret_text v4_;
  secret_text cbc_[4];
  secret_text gcm_[4];
  std::string kids_[4];
};

/// Opens a session token: the claims as JSON text. Its seal is checked before
/// anything of it is looked at.
/// @param keys of each secret; all are tried, those that `kid` names first.
/// @returns nullopt: nobody who knows a secret made it.
std::optional<std::string> open_session_token(
    const session_cookie& cookie, const std::vector<session_keys>& keys);

} // namespace hansard
