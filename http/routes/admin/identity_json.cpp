#include "http/routes/admin/identity_json.hpp"

#include "events/text/json_text.hpp"
#include "http/routes/handler_tools.hpp"

#include <vector>

namespace hansard {

namespace {

void add_time(
    json_object_writer& object, std::string_view name,
    const std::optional<timestamp>& at) {
  if (at)
    object.text(name, to_iso8601(*at));
  else
    object.raw(name, "null");
}

std::string_view kind_name(credential_kind kind) {
  switch (kind) {
  case credential_kind::api_key:
    return "apiKey";
  case credential_kind::session_cookie:
    return "sessionCookie";
  case credential_kind::token:
    return "token";
  }
  return "token";
}

} // namespace

void append_json(
    std::string& out, const key_record& key, std::string_view text) {
  json_object_writer object{out};
  object.text("id", key.id.to_string())
      .text("userDid", key.user)
      .text("label", key.label);
  if (!text.empty())
    object.text("key", text);
  object.raw("scopes", texts_json(names_of(key.scopes)))
      .text("createdAt", to_iso8601(key.created_at));
  add_time(object, "expiresAt", key.expires_at);
  add_time(object, "lastUsedAt", key.last_used_at);
  object.boolean("revoked", key.revoked).close();
}

void append_json(
    std::string& out, const principal& who,
    const std::optional<user_record>& user) {
  json_object_writer object{out};
  object.text("did", who.user)
      .text("displayName", user ? user->display_name : std::string())
      .text("role", to_string(who.role))
      .boolean("registered", user.has_value())
      .raw("groups", texts_json(who.groups))
      .text("credential", kind_name(who.kind))
      .raw("scopes", texts_json(names_of(who.scopes)));
  if (!who.key.is_nil())
    object.text("keyId", who.key.to_string());
  object.close();
}

std::optional<user_role> role_named(std::string_view name) {
  for (auto role : {user_role::member, user_role::admin, user_role::auditor})
    if (to_string(role) == name)
      return role;
  return std::nullopt;
}

result<void> read_scopes(json_view value, scope_set& out) {
  auto wrong = [] {
    return wrong_member(
        "scopes", "must be a list of chat, read, audit, admin, with at least "
                  "one of them.");
  };
  if (!value.is(json_view::kind::array))
    return wrong();
  scope_set scopes = 0;
  bool good = true;
  value.each_element([&](json_view one) {
    auto named = one.is(json_view::kind::string) ? scope_named(one.string())
                                                 : scope_set{0};
    good = named != 0;
    scopes = static_cast<scope_set>(scopes | named);
    return good;
  });
  if (!good || scopes == 0)
    return wrong();
  out = scopes;
  return {};
}

void append_json(std::string& out, const user_record& user) {
  json_object_writer object{out};
  object.text("did", user.user)
      .text("displayName", user.display_name)
      .text("role", to_string(user.role))
      .boolean("active", user.active)
      .text("createdAt", to_iso8601(user.created_at))
      .text("updatedAt", to_iso8601(user.updated_at))
      .close();
}

void append_json(std::string& out, const grant_record& grant) {
  json_object_writer object{out};
  object.text("id", grant.id.to_string());
  if (grant.group.empty())
    object.text("userDid", grant.user);
  else
    object.text("group", grant.group);
  object.text("agentDid", grant.agent)
      .raw("capabilities", texts_json(grant.capabilities))
      .text("createdAt", to_iso8601(grant.created_at));
  if (grant.expires_at)
    object.text("expiresAt", to_iso8601(*grant.expires_at));
  else
    object.raw("expiresAt", "null");
  object.boolean("revoked", grant.revoked).close();
}

} // namespace hansard
