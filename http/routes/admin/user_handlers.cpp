#include "events/text/json_text.hpp"
#include "http/app/await_reply.hpp"
#include "http/app/http_app.hpp"
#include "http/routes/admin/identity_json.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/handlers.hpp"
#include "http/routes/list_answer.hpp"
#include "http/text/limits.hpp"
#include "http/text/text.hpp"

#include <variant>

namespace hansard::handlers {

namespace {

using kind = json_view::kind;

constexpr std::size_t max_label_characters = 200;

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
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto failed = co_await done([&](reply<std::monostate> answer) {
    x.app.actors.register_user(
        by(x), body->did, body->display_name, body->role, std::move(answer),
        std::move(*expected));
  });
  if (failed)
    co_return refuse(x, *failed);
  auto user = x.app.actors.access().find_user(body->did);
  co_return user ? record_response(x, *user, 201) : refuse(x, no_such_user());
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
  co_return user ? record_response(x, *user) : refuse(x, no_such_user());
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

} // namespace hansard::handlers
