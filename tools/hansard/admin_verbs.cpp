#include "tools/hansard/admin_verbs.hpp"

#include <array>
#include <utility>

namespace hansard {
namespace {

using parameters = std::vector<admin_parameter>;
using enum admin_place;
using kind = admin_kind;

constexpr admin_parameter did{"DID", path, "did", "the user's DID"};
constexpr admin_parameter agent{"DID", path, "did", "the agent's DID"};
constexpr admin_parameter session{"ID", path, "id", "sess_..."};
constexpr admin_parameter search{
    "--query", query, "q", "only those whose id or name has this in it"};

/// Grants belong to a user or to a group; the rest of the path is the same.
constexpr admin_parameter of_user{
    "--user", path, "owner", "the user's DID", kind::text, "users/", "owner"};
constexpr admin_parameter of_group{
    "--group",  path,      "owner", "the group's name",
    kind::text, "groups/", "owner"};

constexpr std::string_view user_columns = "did displayName role active";
constexpr std::string_view key_columns =
    "id label scopes createdAt expiresAt lastUsedAt revoked";
constexpr std::string_view grant_columns =
    "id agentDid capabilities createdAt expiresAt revoked";
constexpr std::string_view agent_columns = "did name provider model retired";
constexpr std::string_view policy_columns =
    "id scope subject version updatedAt setBy";
constexpr std::string_view guardrail_columns =
    "name on action required detectors patterns agents";
constexpr std::string_view session_columns =
    "id updatedAt messageCount agentDid userDid title";

/// `first`, then the members of an agent that have a flag; the others go into
/// a file.
parameters with_agent_members(admin_parameter first) {
  return {
      first,
      {"--name", body, "name", "what people call it"},
      {"--provider", body, "provider", "openai-compatible or demo"},
      {"--base-url", body, "baseUrl", "the model server's URL, up to /v1"},
      {"--model", body, "model", "the model's name there"},
      {"--fallback-model", body, "fallbackModels", "tried next; repeatable",
       kind::list},
      {"--api-key-env", body, "apiKeyEnv",
       "the server's variable that holds the model server's key"},
      {"--system-prompt", body, "systemPrompt", "said before each chat"},
      {"--parameters", body, "parameters",
       "JSON object, merged into each request to the model", kind::json},
      {"--history", body, "history", "branch or strict"},
      {"--on-disconnect", body, "onDisconnect", "continue or cancel"},
      {"--max-output-tokens", body, "maxOutputTokens", "of one turn",
       kind::number},
  };
}

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
      {"--mask", body, "mask", "shown in a match's place"},
      {"--longest-match", body, "longestMatch", "bytes", kind::number},
  };
}

std::vector<admin_verb> people() {
  return {
      {"whoami", "", "who the key says you are", "GET", "/api/users/me"},
      {"users",
       "list",
       "all users",
       "GET",
       "/api/users",
       {search},
       user_columns,
       {"users"}},
      {"users",
       "create",
       "register a user",
       "POST",
       "/api/users",
       {{"DID", body, "did", "the user's DID"},
        {"--name", body, "displayName", "what people call them"},
        {"--role", body, "role", "member, auditor or admin"}}},
      {"users",
       "update",
       "change a user",
       "PATCH",
       "/api/users/{did}",
       {did,
        {"--name", body, "displayName", "what people call them"},
        {"--role", body, "role", "member, auditor or admin"},
        {"--active", body, "active", "true or false", kind::choice}}},
      {"users",
       "deactivate",
       "believe nothing that says it is this user",
       "DELETE",
       "/api/users/{did}",
       {did}},
      {"keys",
       "list",
       "a user's API keys, never the keys themselves",
       "GET",
       "/api/users/{did}/keys",
       {did, search},
       key_columns,
       {"keys"}},
      {"keys",
       "create",
       "issue a key; it is shown this once",
       "POST",
       "/api/users/{did}/keys",
       {did,
        {"--label", body, "label", "what it is for"},
        {"--scope", body, "scopes", "chat, read, audit or admin; repeatable",
         kind::list},
        {"--expires-at", body, "expiresAt", "such as 2030-01-01T00:00:00Z"}}},
      {"keys",
       "revoke",
       "take a key back",
       "DELETE",
       "/api/users/{did}/keys/{keyId}",
       {did, {"KEY", path, "keyId", "the key's id, key_..."}}},
      {"tokens",
       "revoke",
       "take session cookies and tokens back: one by its id, or those issued "
       "before an instant, of a user or of everybody",
       "POST",
       "/api/tokens/revocations",
       {{"--token-id", body, "tokenId", "its claim jti"},
        {"--user", body, "userDid", "of this user alone"},
        {"--issued-before", body, "issuedBefore",
         "such as 2030-01-01T00:00:00Z; with --user, now is the default"}}},
  };
}

std::vector<admin_verb> rights() {
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
       {"policies"}},
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

std::vector<admin_verb> things() {
  constexpr admin_pages messages{"messages", "nextFrom", "from", 10'000};
  return {
      {"agents",
       "list",
       "the agents",
       "GET",
       "/api/agents",
       {search,
        {"--retired", query, "retired", "retired ones too", kind::flag}},
       agent_columns,
       {"agents"}},
      {"agents", "show", "one agent", "GET", "/api/agents/{did}", {agent}},
      {"agents",
       "create",
       "register an agent",
       "POST",
       "/api/agents",
       with_agent_members({"DID", body, "did", "the agent's DID"}),
       {},
       {},
       true},
      {"agents",
       "update",
       "change an agent; what is left out stays",
       "PATCH",
       "/api/agents/{did}",
       with_agent_members(agent),
       {},
       {},
       true},
      {"agents",
       "retire",
       "let nobody chat with it any more",
       "DELETE",
       "/api/agents/{did}",
       {agent}},
      {"sessions",
       "list",
       "sessions, newest activity first",
       "GET",
       "/api/chat/sessions",
       {{"--user", query, "userDid", "this user's"},
        {"--agent", query, "agentDid", "with this agent"},
        {"--deleted", query, "deleted", "the deleted ones", kind::flag}},
       session_columns,
       {"sessions"}},
      {"sessions",
       "show",
       "one session",
       "GET",
       "/api/chat/sessions/{id}",
       {session}},
      {"sessions",
       "messages",
       "what was said in it",
       "GET",
       "/api/chat/sessions/{id}/messages",
       {session, {"--branch", query, "branch", "a history that was left"}},
       "index createdAt role content",
       messages},
      {"sessions",
       "stop",
       "stop the turn that is running",
       "POST",
       "/api/chat/sessions/{id}/stop",
       {session, {"--turn", body, "turnId", "this turn alone"}}},
      {"sessions",
       "delete",
       "hide it from its owner; the record stays",
       "DELETE",
       "/api/chat/sessions/{id}",
       {session}},
  };
}

std::vector<admin_verb> all() {
  auto out = people();
  for (auto& verb : rights())
    out.push_back(std::move(verb));
  for (auto& verb : things())
    out.push_back(std::move(verb));
  return out;
}

constexpr std::array nouns{
    std::pair{"users", "who is registered"},
    std::pair{"keys", "users' API keys"},
    std::pair{"tokens", "session cookies and tokens of others"},
    std::pair{"grants", "who may use which agent"},
    std::pair{"policies", "limits and budgets"},
    std::pair{"guardrails", "what may be said"},
    std::pair{"agents", "what can be chatted with"},
    std::pair{"sessions", "conversations"},
};

} // namespace

const std::vector<admin_verb>& admin_verbs() {
  static const auto verbs = all();
  return verbs;
}

std::string_view help_of_noun(std::string_view noun) {
  for (const auto& [name, help] : nouns)
    if (name == noun)
      return help;
  return {};
}

} // namespace hansard
