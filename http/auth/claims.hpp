#pragma once

#include "events/time.hpp"
#include "projections/directory/access.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// Which claims say what.
struct claim_rules {
  /// The first that is there is the user's DID.
  std::vector<std::string> user{"did", "userId", "sub"};
  std::string role = "role";
  /// Values of the role claim, without regard to case. Any other: a member.
  std::vector<std::string> admin_roles{"admin"};
  std::vector<std::string> auditor_roles{"auditor"};
  /// A list of strings, or one.
  std::string groups = "groups";
};

/// What a token said, its signature or seal once checked.
struct verified_claims {
  claimed_identity who;
  timestamp expires_at;
  std::string issuer;
  std::vector<std::string> audiences;
};

/// At most so many groups are read; a token with more is refused.
inline constexpr std::size_t max_groups = 1'000;

/// Reads a JWT claims set (RFC 7519 §4): `exp` must be there and ahead, `nbf`
/// and `iat` must not be ahead, the user must be a printable DID. Pure.
/// @param leeway by which clocks may differ.
/// @returns nullopt: refused, for whatever reason.
std::optional<verified_claims> read_claims(
    std::string_view json, const claim_rules& rules,
    std::chrono::seconds leeway, timestamp now);

} // namespace hansard
