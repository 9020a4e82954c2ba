#include "events/json_text.hpp"
#include "http/await_reply.hpp"
#include "http/chat_request.hpp"
#include "http/grant_body.hpp"
#include "http/handler_tools.hpp"
#include "http/handlers.hpp"
#include "http/http_app.hpp"
#include "http/list_answer.hpp"
#include "http/session_json.hpp"
#include "http/text.hpp"

namespace hansard::handlers {

awaitable<response> list_groups(exchange& x) {
  const auto& access = x.app.actors.access();
  co_return co_await answer_list(
      x, "groups",
      [&](const list_query& query) { return access.groups(query); },
      [](std::string& out, const group_record& group) {
        json_object_writer object{out};
        object.text("name", group.name).number("grantCount", group.grants);
        if (group.policy)
          object.text("policyId", group.policy->to_string());
        else
          object.raw("policyId", "null");
        object.close();
      });
}

awaitable<response> list_group_grants(exchange& x) {
  const auto& access = x.app.actors.access();
  const auto& name = x.path["name"];
  co_return co_await answer_list(
      x, "grants",
      [&](const list_query& query) {
        return access.grants_of_group(name, query);
      },
      [](std::string& out, const grant_record& grant) {
        append_json(out, grant);
      });
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
