#pragma once

#include "events/error.hpp"
#include "events/facts/control_events.hpp"
#include "http/text/request_json.hpp"
#include "projections/directory/access.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Agents as the API reads and writes them, and the configuration's file too:
/// it has the same members under names of its own.
namespace hansard {

/// Sets the members of `spec` that `body` has; null resets one to its default.
/// `did` is read only where `spec` has none. Members that are not known are
/// ignored.
/// @returns invalid_request; the message names the member.
result<void> read_agent(json_view body, agent_spec& spec);

/// What makes a whole agent: a DID, a known provider with what it needs, and
/// limits that can work.
/// @returns invalid_request: "<member>: <what is wrong>", as read_agent() does.
result<void> check_agent(const agent_spec& spec);

/// A number in an agent; milliseconds where its name ends in "Ms".
struct agent_number {
  std::string_view name;
  std::uint32_t agent_spec::*member;
  /// Inclusive.
  std::uint32_t least;
  std::uint32_t most;
};
std::span<const agent_number> agent_numbers();

/// All members that read_agent() knows.
std::vector<std::string_view> agent_members();

/// As an admin sees it. Of `headers` only the names: their values may be
/// secrets, so they go in and never out.
void append_json(std::string& out, const agent_record& agent);

/// As its users see it: who it is and what it runs on, not how it is reached.
void append_public_json(std::string& out, const agent_record& agent);

} // namespace hansard
