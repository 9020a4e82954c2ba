#pragma once

#include "events/facts/control_events.hpp"

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// Reads one agent's table. Adds a line to `problems` for each thing wrong;
/// what is returned then is of no use.
/// @param source names where the table is, for the problems: "hansard.toml";
///        its lines are added where `has_lines`.
agent_spec read_agent(
    const toml::table& table, std::string_view source, bool has_lines,
    std::vector<std::string>& problems);

/// As one [[agents]] table, values of headers hidden.
std::string show_agent(const agent_spec& agent);

} // namespace hansard
