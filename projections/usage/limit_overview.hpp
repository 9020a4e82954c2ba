#pragma once

#include "projections/directory/policies.hpp"
#include "projections/usage/counters.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hansard {

/// A limit in force that something is counted against, and how it stands.
struct limit_in_force {
  /// The policy's member, as the API spells it.
  std::string_view rule;
  policy_ref policy;
  std::uint64_t limit = 0;
  /// By what has ended, or begun in the span.
  std::uint64_t used = 0;
  /// By turns that run.
  std::uint64_t reserved = 0;
  std::uint64_t remaining = 0;
  /// Until nothing counts any more.
  std::chrono::microseconds reset{0};
};

/// What judge() counts, as it would find it. Pure.
/// @param all of the principal with every agent, @param with_agent with the one
///        that `policy` was resolved for.
std::vector<limit_in_force> limits_in_force(
    const effective_policy& policy, const usage_counters& all,
    const usage_counters& with_agent, timestamp now);

} // namespace hansard
