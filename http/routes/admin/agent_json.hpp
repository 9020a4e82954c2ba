#pragma once

#include "events/error.hpp"
#include "events/facts/control_events.hpp"
#include "http/text/request_json.hpp"
#include "projections/directory/access.hpp"

#include <string>

/// Agents as the API reads and writes them.
namespace hansard {

/// Sets the members of `spec` that `body` has; null resets one to its default.
/// `did` is read only where `spec` has none. Members that are not known are
/// ignored.
/// @returns invalid_request; the message names the member.
result<void> read_agent(json_view body, agent_spec& spec);

/// What makes a whole agent: a DID, a known provider with what it needs, and
/// limits that can work.
result<void> check_agent(const agent_spec& spec);

/// As an admin sees it. Of `headers` only the names: their values may be
/// secrets, so they go in and never out.
void append_json(std::string& out, const agent_record& agent);

/// As its users see it: who it is and what it runs on, not how it is reached.
void append_public_json(std::string& out, const agent_record& agent);

} // namespace hansard
