#include "tools/hansard/admin/verb_groups.hpp"

namespace hansard::detail {
namespace {

using parameters = std::vector<admin_parameter>;
using enum admin_place;
using kind = admin_kind;

/// Grants belong to a user or to a group; the rest of the path is the same.
constexpr admin_parameter of_user{
    "--user", path, "owner", "the user's DID", kind::text, "users/", "owner"};
constexpr admin_parameter of_group{
    "--group",  path,      "owner", "the group's name",
    kind::text, "groups/", "owner"};

constexpr std::string_view grant_columns =
    "id agentDid capabilities createdAt expiresAt revoked";
constexpr std::string_view policy_columns =
    "id scope subject version updatedAt setBy";
constexpr std::string_view guardrail_columns =
    "name on action required detectors patterns agents";

parameters policy_members() {
  return {
      {"--scope", body, "scope", "global, agent, group or user"},
      {"--subject", body, "subject", "its DID or name; none with global"},
      {"--max-requests-per-minute", body, "maxRequestsPerMinute",
       "turns in any span of 60 s", kind::number},
      {"--max-requests-per-hour", body, "maxRequestsPerHour",
       "turns in any span of 60 min", kind::number},
      {"--max-concurrent-streams", body, "maxConcurrentStreams",
       "turns at once", kind::number},
      {"--max-tokens-per-day", body, "maxTokensPerDay",
       "prompt and completion, in a day of UTC", kind::number},
      {"--max-tokens-per-month", body, "maxTokensPerMonth",
       "prompt and completion, in a month of UTC", kind::number},
      {"--max-input-chars", body, "maxInputChars", "of one request",
       kind::number},
      {"--max-output-tokens", body, "maxOutputTokens", "of one turn",
       kind::number},
      {"--max-turn-seconds", body, "maxTurnSeconds", "of one turn",
       kind::number},
      {"--allowed-model", body, "allowedModels", "such as gpt-4o; repeatable",
       kind::list},
      {"--allowed-role", body, "allowedRoles",
       "of clients' messages; repeatable", kind::list},
      {"--active-day", body, "activeHours.days", "mon ... sun; repeatable",
       kind::list},
      {"--active-from", body, "activeHours.from", "such as 08:30"},
      {"--active-to", body, "activeHours.to", "such as 18:00"},
      {"--active-utc-offset", body, "activeHours.utcOffset", "such as +02:00"},
      {"--expires-at", body, "expiresAt", "such as 2030-01-01T00:00:00Z"},
  };
}

parameters guardrail_members() {
  return {
      {"NAME", body, "name", "the rule's name"},
      {"--detector", body, "detectors", "such as card; repeatable", kind::list},
      {"--pattern", body, "patterns", "RE2; repeatable", kind::list},
      {"--on", body, "on", "input, output or both"},
      {"--action", body, "action", "flag, mask or block"},
      {"--required", body, "required", "refuse turns while it can't run",
       kind::flag},
      {"--agent", body, "agents", "for this one only; repeatable", kind::list},
      {"--user", body, "users", "for this one only; repeatable", kind::list},
      {"--group", body, "groups", "for this one only; repeatable", kind::list},
      {"--mask", body, "mask", "shown in a match's place"},
      {"--longest-match", body, "longestMatch", "bytes", kind::number},
  };
}

} // namespace

std::vector<admin_verb> rights_verbs() {
  return {
      {"grants",
       "list",
       "a user's or a group's grants",
       "GET",
       "/api/{owner}/grants",
       {of_user, of_group, search},
       grant_columns,
       {"grants"}},
      {"grants",
       "add",
       "let a user or a group use an agent",
       "POST",
       "/api/{owner}/grants",
       {of_user,
        of_group,
        {"AGENT", body, "agentDid", "the agent's DID, or '*' for all"},
        {"--capability", body, "capabilities", "repeatable [chat]", kind::list},
        {"--expires-at", body, "expiresAt", "such as 2030-01-01T00:00:00Z"}}},
      {"grants",
       "revoke",
       "take a grant back",
       "DELETE",
       "/api/{owner}/grants/{grantId}",
       {of_user, of_group, {"GRANT", path, "grantId", "the grant's id"}}},
      {"policies",
       "list",
       "the policies in force",
       "GET",
       "/api/policies",
       {search, {"--at", query, "at", "as of this instant, not now"}},
       policy_columns,
       {"policies", "nextCursor", "cursor", 200, "at"}},
      {"policies",
       "show",
       "the newest version of one",
       "GET",
       "/api/policies/{id}",
       {{"ID", path, "id", "policy_..."}}},
      {"policies",
       "set",
       "limit somebody, or change their limits",
       "POST",
       "/api/policies",
       policy_members(),
       {},
       {},
       true},
      {"policies",
       "remove",
       "limit somebody no more",
       "DELETE",
       "/api/policies/{id}",
       {{"ID", path, "id", "policy_..."}}},
      {"groups",
       "list",
       "groups that something was set for",
       "GET",
       "/api/groups",
       {search},
       "name grantCount policyId",
       {"groups"}},
      {"guardrails",
       "list",
       "the rules in force",
       "GET",
       "/api/guardrails",
       {search},
       guardrail_columns,
       {"guardrails"}},
      {"guardrails",
       "show",
       "one rule",
       "GET",
       "/api/guardrails/{name}",
       {{"NAME", path, "name", "the rule's name"}}},
      {"guardrails",
       "set",
       "set a rule, new or in place of the old one",
       "POST",
       "/api/guardrails",
       guardrail_members(),
       {},
       {},
       true},
      {"guardrails",
       "remove",
       "remove a rule",
       "DELETE",
       "/api/guardrails/{name}",
       {{"NAME", path, "name", "the rule's name"}}},
      {"guardrails",
       "test",
       "try the rules on a text; nothing is recorded",
       "POST",
       "/api/guardrails/test",
       {{"--text", body, "text", "what is looked at", kind::text, {}, "text"},
        {"--text-file",
         body,
         "text",
         "the same from a file, or - for stdin",
         kind::file,
         {},
         "text"},
        {"--on", body, "on", "input or output"},
        {"--agent", body, "agentDid", "only the rules for this agent"},
        {"--rules", body, "rules", "JSON list: these, not those in force",
         kind::json}}},
  };
}

} // namespace hansard::detail
