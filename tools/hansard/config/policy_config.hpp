#pragma once

#include "events/facts/policy_events.hpp"

#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

namespace hansard {

inline constexpr std::size_t max_configured_policies = 1'000;

/// Reads `policies`, an array of tables: the members of POST /api/policies in
/// snake_case. Adds to `out`, and to `problems` what is wrong, each with its
/// place in `source`. Two policies about one subject are a mistake.
void read_policies(
    const toml::node& node, std::string_view source,
    std::vector<policy_spec>& out, std::vector<std::string>& problems);

/// The policy as read_policies() takes it: "[[policies]]" and its keys.
std::string show_policy(const policy_spec& policy);

} // namespace hansard
