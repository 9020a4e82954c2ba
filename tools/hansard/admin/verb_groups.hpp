#pragma once

#include "tools/hansard/admin/verbs.hpp"

/// The parts of the table.
namespace hansard::detail {

inline constexpr admin_parameter search{
    "--query", admin_place::query, "q",
    "only those whose id or name has this in it"};

/// Users, keys, tokens.
std::vector<admin_verb> people_verbs();
/// Grants, policies, guardrails.
std::vector<admin_verb> rights_verbs();
/// Agents and what is said to them.
std::vector<admin_verb> agent_verbs();
/// Credentials, usage, the server itself.
std::vector<admin_verb> server_verbs();

} // namespace hansard::detail
