#include "http/routes/admin/grant_body.hpp"

#include "http/routes/handler_tools.hpp"
#include "http/text/limits.hpp"
#include "http/text/text.hpp"

namespace hansard {

namespace {

using kind = json_view::kind;

constexpr std::size_t max_capabilities = 32;

result<void> take_capabilities(grant_body& out, json_view value) {
  if (!value.is(kind::array))
    return wrong_member("capabilities", "must be an array of strings.");
  out.capabilities.clear();
  result<void> read;
  value.each_element([&](json_view one) {
    auto at = "capabilities[" + std::to_string(out.capabilities.size()) + ']';
    std::string text;
    read = read_text(one, at, text);
    if (read && !is_header_safe(text, 64))
      read = wrong_member(at, "must be 1 to 64 printable characters.");
    if (read && out.capabilities.size() >= max_capabilities)
      read = wrong_member("capabilities", "can hold 32 at most.");
    out.capabilities.push_back(std::move(text));
    return read.has_value();
  });
  if (read && out.capabilities.empty())
    return wrong_member("capabilities", "must hold at least one.");
  return read;
}

result<void>
take_grant_member(grant_body& out, std::string_view name, json_view value) {
  if (name == "agentDid")
    return read_text(value, name, out.agent);
  if (name == "expiresAt")
    return read_future_time(value, name, out.expires_at);
  if (name == "capabilities" && !value.is(kind::null))
    return take_capabilities(out, value);
  return {};
}

} // namespace

result<grant_body> read_grant(const exchange& x) {
  auto body = read_body<grant_body>(x, take_grant_member);
  if (body && !is_printable(body->agent, max_did_characters))
    return wrong_member("agentDid", "must be an agent's DID, or * for all.");
  return body;
}

} // namespace hansard
