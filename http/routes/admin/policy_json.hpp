#pragma once

#include "events/error.hpp"
#include "events/facts/policy_events.hpp"
#include "http/text/body.hpp"
#include "projections/directory/policies.hpp"

#include <optional>
#include <span>
#include <string>

namespace hansard {

/// A policy as a body asks for it.
struct policy_request {
  /// The policy to change; nullopt: the one about the subject.
  std::optional<policy_id> id;
  policy_spec spec;
};

/// More models than this are no list that somebody looks after.
inline constexpr std::size_t max_policy_models = 256;

/// Its members.
std::span<const member_info> policy_body();

/// Reads the body of POST /api/policies: an object with `scope`, `subject`
/// (none with "global"), at least one limit, and optionally `id` and
/// `expiresAt`. Pure.
/// @returns invalid_request; the message names the member.
result<policy_request> read_policy(json_view object);

/// {"id", "version", policy_members(), "createdAt", "updatedAt", "setBy"}.
void append_json(std::string& out, const policy_record& policy);

} // namespace hansard
