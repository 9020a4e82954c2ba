#include "tools/hansard/admin/verb_groups.hpp"

namespace hansard::detail {
namespace {

using enum admin_place;
using kind = admin_kind;

constexpr admin_parameter did{"DID", path, "did", "the user's DID"};

constexpr std::string_view user_columns = "did displayName role active";
constexpr std::string_view key_columns =
    "id label scopes createdAt expiresAt lastUsedAt revoked";

} // namespace

std::vector<admin_verb> people_verbs() {
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
      {"users", "show", "one user", "GET", "/api/users/{did}", {did}},
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

} // namespace hansard::detail
