#pragma once

#include "http/auth/authenticator.hpp"
#include "tests/http/auth/test_sessions.hpp"
#include "tests/http/auth/test_tokens.hpp"

#include <span>
#include <string>
#include <string_view>

/// Callers of every kind, as the matrix of docs/access.md is asked by them.
namespace hansard::test {

/// What a caller shows.
enum class shown { nothing, key, cookie, cookie_as_bearer, token };

/// Whether a member's grants let them chat, and why.
enum class grant_state {
  none,
  /// Their own, for all agents, or for one.
  in_force,
  one_agent,
  /// Of a group that a claim says they are of.
  by_group,
  expired,
  revoked,
  /// In force, and not for chatting.
  other_capability
};

constexpr bool lets_chat(grant_state grant) {
  return grant == grant_state::in_force || grant == grant_state::one_agent
         || grant == grant_state::by_group;
}

inline constexpr std::string_view caller_secret =
    "web-application-0123456789-secret";
inline constexpr std::string_view caller_mac =
    "issuer-0123456789-secret-of-32-bytes";

/// The options of a server that believes all of them.
inline authentication_options believe_callers() {
  authentication_options out;
  out.session_secrets = {secret_text{std::string(caller_secret)}};
  out.tokens.issuer = "iss";
  out.tokens.audiences = {"hansard"};
  out.tokens.algorithms = {jwt_algorithm::hs256};
  out.token_keys.push_back(
      {jwt_algorithm::hs256, "", nullptr,
       secret_text{std::string(caller_mac)}});
  // What the tests get wrong on purpose is no attack.
  out.max_failures = 0;
  return out;
}

/// The header lines by which somebody shows who they are.
/// @param role, group of the claims; a key has none.
inline std::string fields_of(
    shown how, std::string_view user, std::string_view role,
    std::string_view group, std::string_view key) {
  auto claims = R"({"iss":"iss","aud":"hansard","exp":4000000000,"sub":")"
                + std::string(user) + R"(","role":")" + std::string(role)
                + R"(","groups":[")" + std::string(group) + R"("]})";
  switch (how) {
  case shown::nothing:
    return {};
  case shown::key:
    return "Authorization: Bearer " + std::string(key) + "\r\n";
  case shown::cookie:
    return "Cookie: next-auth.session-token="
           + seal_session(caller_secret, claims) + "\r\n";
  case shown::cookie_as_bearer:
    return "Authorization: Bearer " + seal_session(caller_secret, claims)
           + "\r\n";
  case shown::token:
    return "Authorization: Bearer "
           + sign_hs256(caller_mac, R"({"alg":"HS256"})", claims) + "\r\n";
  }
  return {};
}

} // namespace hansard::test
