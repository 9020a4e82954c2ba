#include "tools/hansard/admin/verb_groups.hpp"

namespace hansard::detail {
namespace {

using parameters = std::vector<admin_parameter>;
using enum admin_place;
using kind = admin_kind;

constexpr admin_parameter agent{"DID", path, "did", "the agent's DID"};
constexpr admin_parameter session{"ID", path, "id", "sess_..."};

constexpr std::string_view agent_columns = "did name provider model retired";
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
      {"--credential", body, "credential",
       "the provider credential with the model server's key"},
      {"--system-prompt", body, "systemPrompt", "said before each chat"},
      {"--parameters", body, "parameters",
       "JSON object, merged into each request to the model", kind::json},
      {"--history", body, "history", "branch or strict"},
      {"--on-disconnect", body, "onDisconnect", "continue or cancel"},
      {"--max-output-tokens", body, "maxOutputTokens", "of one turn",
       kind::number},
  };
}

} // namespace

std::vector<admin_verb> agent_verbs() {
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

} // namespace hansard::detail
