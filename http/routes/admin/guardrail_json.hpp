#pragma once

#include "events/error.hpp"
#include "events/facts/guardrail_events.hpp"
#include "http/text/body.hpp"
#include "projections/directory/guardrails.hpp"

#include <span>
#include <string>

/// Guardrails as the API reads and writes them.
namespace hansard {

/// Reads a rule; `check_rule()` tells whether it can work.
/// @returns invalid_request; the message names the member.
result<guardrail_spec> read_guardrail(json_view body);

/// Its members.
std::span<const member_info> guardrail_body();

void append_json(std::string& out, const guardrail_spec& rule);
void append_json(std::string& out, const guardrail_record& rule);

} // namespace hansard
