#include "http/await_reply.hpp"
#include "http/chat_request.hpp"
#include "http/grant_body.hpp"
#include "http/handler_tools.hpp"
#include "http/handlers.hpp"
#include "http/http_app.hpp"
#include "http/session_json.hpp"
#include "http/text.hpp"

namespace hansard::handlers {

awaitable<response> list_group_grants(exchange& x) {
  std::string out = R"({"grants":[)";
  for (const auto& grant :
       x.app.actors.access().grants_of_group(x.path["name"])) {
    if (out.back() != '[')
      out += ',';
    append_json(out, grant);
  }
  out += "]}";
  co_return json_response(std::move(out));
}

awaitable<response> create_group_grant(exchange& x) {
  auto body = read_grant(x);
  if (!body)
    co_return refuse(x, body.error());
  if (!is_printable(x.path["name"], max_did_characters))
    co_return refuse(
        x, wrong_member(
               "the group's name", "must be 1 to 256 printable characters."));
  auto issued =
      co_await await_reply<grant_record>([&](reply<grant_record> answer) {
        x.app.actors.issue_group_grant(
            {x.who.user, x.request_id}, x.path["name"], body->agent,
            body->capabilities, body->expires_at, std::move(answer));
      });
  if (!issued)
    co_return refuse(x, issued.error());
  std::string out;
  append_json(out, *issued);
  co_return json_response(std::move(out), 201);
}

awaitable<response> revoke_group_grant(exchange& x) {
  auto id = grant_id::parse(x.path["grantId"]);
  if (!id)
    co_return refuse(x, make_error(ec::not_found, "There is no such grant."));
  auto revoked =
      co_await await_reply<std::monostate>([&](reply<std::monostate> answer) {
        x.app.actors.revoke_group_grant(
            {x.who.user, x.request_id}, x.path["name"], *id, std::move(answer));
      });
  if (!revoked)
    co_return refuse(x, revoked.error());
  response out;
  out.status = 204;
  co_return out;
}

} // namespace hansard::handlers
