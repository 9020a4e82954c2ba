#include "http/routes/admin/user_json.hpp"

#include "events/text/json_text.hpp"
#include "http/text/body_members.hpp"

namespace hansard {

namespace {

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

void append_json(std::string& out, const user_record& user) {
  json_object_writer{out}
      .text("did", user.user)
      .text("displayName", user.display_name)
      .text("role", to_string(user.role))
      .boolean("active", user.active)
      .text("createdAt", to_iso8601(user.created_at))
      .text("updatedAt", to_iso8601(user.updated_at))
      .close();
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

result<void>
read_role(json_view value, std::string_view member, user_role& out) {
  std::string text;
  if (auto read = read_text(value, member, text); !read)
    return read;
  auto named = role_named(text);
  if (!named)
    return wrong_member(member, "must be admin, auditor or member.");
  out = *named;
  return {};
}

} // namespace hansard
