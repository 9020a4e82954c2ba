#include "http/app/http_app.hpp"
#include "http/routes/admin/grant_json.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"
#include "http/text/limits.hpp"
#include "http/text/text.hpp"

/// The grants of a user and those of a group.
namespace hansard::handlers {

namespace {

bool is_known(const exchange& x, const std::string& did) {
  return x.app.actors.access().find_user(did).has_value();
}

/// @param read reads the page of whoever they are of.
template <class Read>
awaitable<response> answer_grants(exchange& x, Read read) {
  return answer_list(
      x, "grants", std::move(read),
      [](std::string& out, const grant_record& grant) {
        append_json(out, grant);
      });
}

/// @param issue called with the body and the reply.
template <class Issue>
awaitable<response> answer_issued(exchange& x, Issue issue) {
  auto body = read_body<grant_body>(x, grant_members);
  if (!body)
    co_return refuse(x, body.error());
  if (auto met = check_new(x); !met)
    co_return refuse(x, met.error());
  auto issued =
      co_await await_reply<grant_record>([&](reply<grant_record> answer) {
        issue(std::move(*body), std::move(answer));
      });
  if (!issued)
    co_return refuse(x, issued.error());
  std::string out;
  append_json(out, *issued);
  co_return tagged_response(x, std::move(out), issued->id.to_string(), 201);
}

/// @param revoke called with the grant's id and the reply.
template <class Revoke>
awaitable<response> answer_grant_revoked(exchange& x, Revoke revoke) {
  auto id = grant_id::parse(x.path["grantId"]);
  if (!id)
    co_return refuse(x, make_error(ec::not_found, "There is no such grant."));
  co_return co_await answer_revoked(
      x, id->to_string(),
      [&](reply<std::monostate> answer) { revoke(*id, std::move(answer)); });
}

awaitable<response> list_grants(exchange& x) {
  const auto& did = x.path["did"];
  if (!is_known(x, did))
    co_return refuse(x, no_such_user());
  co_return co_await answer_grants(x, [&](const list_query& query) {
    return x.app.actors.access().grants_of(did, query);
  });
}

awaitable<response> create_grant(exchange& x) {
  const auto& did = x.path["did"];
  if (!is_known(x, did))
    co_return refuse(x, no_such_user());
  co_return co_await answer_issued(
      x, [&](grant_body body, reply<grant_record> answer) {
        x.app.actors.issue_grant(
            by(x), did, std::move(body.agent), std::move(body.capabilities),
            body.expires_at, std::move(answer));
      });
}

awaitable<response> revoke_grant(exchange& x) {
  co_return co_await answer_grant_revoked(
      x, [&](const grant_id& id, reply<std::monostate> answer) {
        x.app.actors.revoke_grant(by(x), x.path["did"], id, std::move(answer));
      });
}

awaitable<response> list_group_grants(exchange& x) {
  co_return co_await answer_grants(x, [&](const list_query& query) {
    return x.app.actors.access().grants_of_group(x.path["name"], query);
  });
}

awaitable<response> create_group_grant(exchange& x) {
  const auto& name = x.path["name"];
  if (!is_printable(name, max_did_characters))
    co_return refuse(
        x, wrong_member(
               "the group's name", "must be 1 to 256 printable characters."));
  co_return co_await answer_issued(
      x, [&](grant_body body, reply<grant_record> answer) {
        x.app.actors.issue_group_grant(
            by(x), name, std::move(body.agent), std::move(body.capabilities),
            body.expires_at, std::move(answer));
      });
}

awaitable<response> revoke_group_grant(exchange& x) {
  co_return co_await answer_grant_revoked(
      x, [&](const grant_id& id, reply<std::monostate> answer) {
        x.app.actors.revoke_group_grant(
            by(x), x.path["name"], id, std::move(answer));
      });
}

} // namespace

std::span<const route> grant_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{{"GET", "/api/users/{did}/grants", admin, overseeing}, list_grants},
      route{
          {"POST", "/api/users/{did}/grants", admin, administering,
           members_of<grant_members>()},
          create_grant},
      route{
          {"DELETE", "/api/users/{did}/grants/{grantId}", admin, administering},
          revoke_grant},
      route{
          {"GET", "/api/groups/{name}/grants", admin, overseeing},
          list_group_grants},
      route{
          {"POST", "/api/groups/{name}/grants", admin, administering,
           members_of<grant_members>()},
          create_group_grant},
      route{
          {"DELETE", "/api/groups/{name}/grants/{grantId}", admin,
           administering},
          revoke_group_grant},
  };
  return table;
}

} // namespace hansard::handlers
