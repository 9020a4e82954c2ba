#pragma once

#include "events/facts/claim_events.hpp"
#include "events/facts/control_events.hpp"
#include "events/facts/credential_events.hpp"
#include "events/facts/generation_events.hpp"
#include "events/facts/guardrail_events.hpp"
#include "events/facts/identity_events.hpp"
#include "events/facts/policy_events.hpp"
#include "events/facts/session_events.hpp"
#include "events/ids.hpp"
#include "events/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace hansard {

/// An event of a type or schema that this program does not know. It passes
/// through unread, so that a newer program's log can be copied and printed; a
/// fold that depends on it stops.
struct unknown_event {
  std::uint16_t type = 0;
  std::uint16_t schema = 0;
  std::string payload;

  bool operator==(const unknown_event&) const = default;
};

/// Any fact. The order here means nothing on disk: what is stored is each
/// struct's `type` and `schema`.
using event = std::variant<
    unknown_event, session_opened, messages_received, turn_admitted,
    turn_refused, generation_started, generation_attempt_failed,
    token_generated, tool_call_generated, generation_completed,
    generation_failed, generation_cancelled, generation_interrupted,
    client_attached, client_detached, title_changed, request_claimed,
    agent_registered, agent_reconfigured, agent_retired, user_registered,
    api_key_issued, grant_issued, grant_revoked, guardrail_matched,
    guardrail_skipped, prompt_masked, tool_call_withheld, guardrail_set,
    guardrail_removed, session_deleted, refusals_counted, policy_set,
    policy_removed, api_key_revoked, user_changed, user_deactivated,
    user_reactivated, tokens_revoked, api_keys_used, credential_set,
    credential_removed, configuration_reloaded>;

std::uint16_t type_of(const event& e);
std::uint16_t schema_of(const event& e);
/// The stored snake_case name; "unknown" for unknown_event.
std::string_view name_of(const event& e);

/// True for what leaves a turn running (turn_admitted), until ends_turn().
bool opens_turn(const event& e);

/// Which turn is over, how, and what it took.
struct turn_ending {
  turn_id turn;
  ending how = ending::complete;
  token_usage usage;

  bool operator==(const turn_ending&) const = default;
};

/// What generation_completed, _failed, _cancelled and _interrupted tell;
/// nullopt: an event that ends no turn.
std::optional<turn_ending> ending_of(const event& e);
/// Whether ending_of() has one.
bool ends_turn(const event& e);

} // namespace hansard
