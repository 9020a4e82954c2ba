#include "tools/hansard/admin/verb_groups.hpp"

namespace hansard::detail {
namespace {

using enum admin_place;
using kind = admin_kind;

constexpr admin_parameter name{"NAME", path, "name", "the credential's name"};
constexpr admin_parameter month{
    "--month", query, "month", "such as 2026-05, in UTC [this one]"};

} // namespace

std::vector<admin_verb> server_verbs() {
  return {
      {"credentials",
       "list",
       "their names, never their values",
       "GET",
       "/api/credentials",
       {},
       "name fingerprint usable agents setBy updatedAt",
       {"credentials"}},
      {"credentials",
       "set",
       "set a model server's key, from a file or from stdin",
       "POST",
       "/api/credentials",
       {{"NAME", body, "name", "the credential's name"},
        {"--value-file",
         body,
         "value",
         "holds the value [-: stdin]",
         kind::file,
         {},
         {},
         "-"}}},
      {"credentials",
       "delete",
       "remove one",
       "DELETE",
       "/api/credentials/{name}",
       {name}},
      {"usage",
       "list",
       "turns and tokens of a month, by user and agent",
       "GET",
       "/api/usage",
       {{"--user", query, "userDid", "this user's"},
        {"--agent", query, "agentDid", "of this agent"},
        month},
       "userDid agentDid turns promptTokens completionTokens",
       {"usage"}},
      {"usage",
       "show",
       "a user's days, and what is left of their limits",
       "GET",
       "/api/users/{did}/usage",
       {{"DID", path, "did", "the user's DID"},
        {"--agent", query, "agentDid", "the limits with this agent"},
        month}},
      {"reload", "", "let the server read its configuration anew", "POST",
       "/api/admin/reload"},
  };
}

} // namespace hansard::detail
