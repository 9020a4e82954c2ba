#include "http/routes/admin/key_json.hpp"

#include "events/text/json_text.hpp"
#include "http/text/body_members.hpp"

#include <optional>

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

result<void>
read_scopes(json_view value, std::string_view member, scope_set& out) {
  auto wrong = [member] {
    return wrong_member(
        member, "must be a list of chat, read, audit, admin, with at least "
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

} // namespace hansard
