#pragma once

#include "events/facts/guardrail_events.hpp"

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// Reads `guardrails`, an array of tables: the members of POST /api/guardrails
/// in snake_case. Adds to `out`, and to `problems` what is wrong, each with its
/// place in `source`: also what would keep a rule from running. Two rules of
/// one name are a mistake.
void read_guardrails(
    const toml::node& node, std::string_view source,
    std::vector<guardrail_spec>& out, std::vector<std::string>& problems);

/// The rule as read_guardrails() takes it: "[[guardrails]]" and its keys.
std::string show_guardrail(const guardrail_spec& rule);

} // namespace hansard
