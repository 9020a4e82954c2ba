#include "events/json_text.hpp"
#include "http/await_reply.hpp"
#include "http/chat_request.hpp"
#include "http/grant_body.hpp"
#include "http/handler_tools.hpp"
#include "http/handlers.hpp"
#include "http/http_app.hpp"
#include "http/identity_json.hpp"
#include "http/list_answer.hpp"
#include "http/session_json.hpp"
#include "http/text.hpp"

#include <variant>

namespace hansard::handlers {

namespace {

using kind = json_view::kind;

constexpr std::size_t max_label_characters = 200;

cause by(const exchange& x) { return {x.who.user, x.request_id}; }

error no_such_user() {
  return make_error(ec::not_found, "There is no such user.");
}

struct user_body {
  std::string did;
  std::string display_name;
  user_role role = user_role::member;
};

result<void>
take_user_member(user_body& out, std::string_view name, json_view value) {
  if (name == "did")
    return read_text(value, name, out.did);
  if (value.is(kind::null))
    return {};
  if (name == "displayName")
    return read_text(value, name, out.display_name);
  if (name == "role") {
    std::string role;
    if (auto read = read_text(value, name, role); !read)
      return read;
    auto named = role_named(role);
    if (!named)
      return wrong_member("role", "must be admin, auditor or member.");
    out.role = *named;
  }
  return {};
}

struct key_body {
  std::string label;
  std::optional<timestamp> expires_at;
  scope_set scopes = all_scopes;
};

} // namespace

awaitable<response> create_user(exchange& x) {
  auto body = read_body<user_body>(x, take_user_member);
  if (!body)
    co_return refuse(x, body.error());
  if (!is_printable(body->did, max_did_characters))
    co_return refuse(
        x, wrong_member("did", "must be 1 to 256 printable characters."));
  if (!body->display_name.empty()
      && !is_printable(body->display_name, max_label_characters))
    co_return refuse(
        x, wrong_member(
               "displayName", "must be at most 200 printable characters."));
  auto registered =
      co_await await_reply<std::monostate>([&](reply<std::monostate> answer) {
        x.app.actors.register_user(
            by(x), body->did, body->display_name, body->role,
            std::move(answer));
      });
  if (!registered)
    co_return refuse(x, registered.error());
  auto user = x.app.actors.access().find_user(body->did);
  if (!user)
    co_return refuse(x, no_such_user());
  std::string out;
  append_json(out, *user);
  co_return json_response(std::move(out), 201);
}

awaitable<response> list_users(exchange& x) {
  const auto& access = x.app.actors.access();
  co_return co_await answer_list(
      x, "users", [&](const list_query& query) { return access.users(query); },
      [](std::string& out, const user_record& user) {
        append_json(out, user);
      });
}

awaitable<response> get_user(exchange& x) {
  auto user = x.app.actors.access().find_user(x.path["did"]);
  if (!user)
    co_return refuse(x, no_such_user());
  std::string out;
  append_json(out, *user);
  co_return json_response(std::move(out));
}

awaitable<response> create_key(exchange& x) {
  auto body = read_body<key_body>(
      x, [](key_body& out, std::string_view name, json_view value) {
        if (name == "label" && !value.is(kind::null))
          return read_text(value, name, out.label);
        if (name == "expiresAt")
          return read_future_time(value, name, out.expires_at);
        if (name == "scopes" && !value.is(kind::null))
          return read_scopes(value, out.scopes);
        return result<void>{};
      });
  if (!body)
    co_return refuse(x, body.error());
  if (!body->label.empty() && !is_printable(body->label, max_label_characters))
    co_return refuse(
        x, wrong_member("label", "must be at most 200 printable characters."));
  if (!x.app.actors.access().find_user(x.path["did"]))
    co_return refuse(x, no_such_user());
  auto issued = co_await await_reply<issued_key>([&](reply<issued_key> answer) {
    key_wish wish{x.path["did"], body->label, body->expires_at, body->scopes};
    x.app.actors.issue_key(by(x), std::move(wish), std::move(answer));
  });
  if (!issued)
    co_return refuse(x, issued.error());
  std::string out;
  append_json(out, issued->record, issued->text);
  co_return json_response(std::move(out), 201);
}

awaitable<response> create_grant(exchange& x) {
  auto body = read_grant(x);
  if (!body)
    co_return refuse(x, body.error());
  if (!x.app.actors.access().find_user(x.path["did"]))
    co_return refuse(x, no_such_user());
  auto issued =
      co_await await_reply<grant_record>([&](reply<grant_record> answer) {
        x.app.actors.issue_grant(
            by(x), x.path["did"], body->agent, body->capabilities,
            body->expires_at, std::move(answer));
      });
  if (!issued)
    co_return refuse(x, issued.error());
  std::string out;
  append_json(out, *issued);
  co_return json_response(std::move(out), 201);
}

awaitable<response> list_grants(exchange& x) {
  const auto& access = x.app.actors.access();
  const auto& did = x.path["did"];
  if (!access.find_user(did))
    co_return refuse(x, no_such_user());
  co_return co_await answer_list(
      x, "grants",
      [&](const list_query& query) { return access.grants_of(did, query); },
      [](std::string& out, const grant_record& grant) {
        append_json(out, grant);
      });
}

awaitable<response> revoke_grant(exchange& x) {
  auto id = grant_id::parse(x.path["grantId"]);
  if (!id)
    co_return refuse(x, make_error(ec::not_found, "There is no such grant."));
  auto revoked =
      co_await await_reply<std::monostate>([&](reply<std::monostate> answer) {
        x.app.actors.revoke_grant(by(x), x.path["did"], *id, std::move(answer));
      });
  if (!revoked)
    co_return refuse(x, revoked.error());
  response out;
  out.status = 204;
  co_return out;
}

} // namespace hansard::handlers
