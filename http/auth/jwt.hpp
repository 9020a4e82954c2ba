#pragma once

#include "http/auth/claims.hpp"
#include "http/auth/jwk.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// Which tokens are believed.
struct jwt_rules {
  std::vector<jwt_algorithm> algorithms;
  /// `iss` must be this. Never empty.
  std::string issuer;
  /// `aud` must name one of these. Never empty.
  std::vector<std::string> audiences;
  std::chrono::seconds leeway{15};
  claim_rules claims;
};

std::optional<jwt_algorithm> jwt_algorithm_named(std::string_view name);

enum class jwt_verdict { good, refused, unknown_key };

struct checked_jwt {
  jwt_verdict verdict = jwt_verdict::refused;
  verified_claims claims;
};

/// Checks a signed token (RFC 7519 in compact form, RFC 8725): the algorithm is
/// allowed and that of the key, the signature good, the claims in force and
/// meant for here. Pure; any thread.
/// @returns unknown_key: well formed, of an algorithm that is allowed, and no
///          key of that `kid` is known.
checked_jwt check_jwt(
    std::string_view token, const key_set& keys, const jwt_rules& rules,
    timestamp now);

} // namespace hansard
