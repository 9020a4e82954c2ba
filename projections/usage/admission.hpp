#pragma once

#include "events/error.hpp"
#include "events/time.hpp"
#include "projections/directory/policies.hpp"
#include "projections/usage/counters.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// May this turn begin under these policies? Pure.
namespace hansard {

/// What a policy may ask about a turn.
struct turn_facts {
  /// The agent's model, then its fallbacks.
  std::vector<std::string> models;
  /// Characters of text in the request's messages.
  std::uint64_t input_chars = 0;
  /// Set of role_bit(): the roles of the request's messages.
  std::uint8_t roles = 0;
  /// An estimate of what the model will be sent.
  std::uint64_t prompt_tokens = 0;
  /// The agent's own caps.
  std::uint32_t max_output_tokens = 0;
  std::uint32_t max_turn_ms = 0;
};

/// How a limit stands.
struct limit_status {
  std::uint64_t limit = 0;
  std::uint64_t remaining = 0;
  /// Until it is as if nothing had been used.
  std::chrono::microseconds reset{0};

  bool operator==(const limit_status&) const = default;
};

/// Of the limits in force, those with the least left.
struct rate_status {
  std::optional<limit_status> requests;
  std::optional<limit_status> tokens;
};

struct refusal {
  /// rate_limited, quota_exceeded: waiting helps; forbidden: it does not.
  ec code = ec::forbidden;
  /// The policy's member, as the API spells it.
  std::string_view rule;
  policy_ref policy;
  std::string reason;
  /// nullopt with forbidden.
  std::optional<std::chrono::microseconds> retry_after;
};

/// Refused where `refused` is there; else on these terms.
struct verdict {
  std::optional<refusal> refused;
  /// The agent's models that are allowed, in its order.
  std::vector<std::string> models;
  std::uint32_t max_output_tokens = 0;
  std::uint32_t max_turn_ms = 0;
  std::uint64_t reserved_tokens = 0;
  rate_status rates;
};

/// Judges a turn. The order of the rules is: activeHours, allowedModels,
/// allowedRoles, maxInputChars, maxConcurrentStreams, maxRequestsPerMinute,
/// maxRequestsPerHour, maxTokensPerDay, maxTokensPerMonth; the first that
/// refuses tells why.
///
/// Budgets: prompt and output cap are reserved. Where a budget has less left
/// and the principal has no other turn running in it, the output cap is
/// lowered to what is left, of which there must be one token at least.
///
/// @param all what the principal used with every agent, @param with_agent with
///        this one; this turn not included.
verdict judge(
    const effective_policy& policy, const turn_facts& turn,
    const usage_counters& all, const usage_counters& with_agent, timestamp now);

/// Judges the budgets alone, for a turn that was let in and whose prompt is
/// known better now; its own reservation not in the counters.
verdict judge_budgets(
    const effective_policy& policy, const turn_facts& turn,
    const usage_counters& all, const usage_counters& with_agent, timestamp now);

/// Whether turns may begin at `now`.
bool is_open(const active_hours& hours, timestamp now);
/// How long until they may; nullopt: never.
std::optional<std::chrono::microseconds>
until_open(const active_hours& hours, timestamp now);

/// x-ratelimit-limit-, -remaining- and -reset-, each of requests and tokens,
/// as OpenAI names them (platform.openai.com/docs/guides/rate-limits, "Rate
/// limits in headers"): durations are written as 6m0s or 20ms.
std::vector<std::pair<std::string, std::string>>
rate_headers(const rate_status& rates);

} // namespace hansard
