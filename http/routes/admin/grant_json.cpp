#include "http/routes/admin/grant_json.hpp"

#include "events/text/json_text.hpp"
#include "http/text/text.hpp"

namespace hansard {

namespace {

constexpr std::size_t max_capabilities = 32;

} // namespace

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

result<void> read_capabilities(
    json_view value, std::string_view shown, std::vector<std::string>& out) {
  if (!value.is(json_view::kind::array))
    return wrong_member(shown, "must be an array of strings.");
  out.clear();
  result<void> read;
  value.each_element([&](json_view one) {
    auto at = std::string(shown) + '[' + std::to_string(out.size()) + ']';
    std::string text;
    read = read_text(one, at, text);
    if (read && !is_header_safe(text, 64))
      read = wrong_member(at, "must be 1 to 64 printable characters.");
    if (read && out.size() >= max_capabilities)
      read = wrong_member(shown, "can hold 32 at most.");
    out.push_back(std::move(text));
    return read.has_value();
  });
  if (read && out.empty())
    return wrong_member(shown, "must hold at least one.");
  return read;
}

} // namespace hansard
