#include "http/app/http_app.hpp"
#include "http/routes/admin/user_json.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"
#include "http/text/limits.hpp"

namespace hansard::handlers {

namespace {

constexpr std::size_t max_name_characters = 200;
constexpr auto display_name_text = printable_or_empty<max_name_characters>;

struct user_body {
  std::string did;
  std::string display_name;
  user_role role = user_role::member;
};

constexpr std::array user_members{
    member<&user_body::did, printable<max_did_characters>>("did").needed(),
    member<&user_body::display_name, display_name_text>("displayName")
        .or_null(),
    member<&user_body::role, read_role>("role").or_null(),
};

constexpr std::array change_members{
    member<&user_wish::display_name, display_name_text>("displayName"),
    member<&user_wish::role, read_role>("role"),
    member<&user_wish::active>("active"),
};

awaitable<response> get_me(exchange& x) {
  std::string out;
  append_json(out, x.who, x.app.actors.access().find_user(x.who.user));
  co_return json_response(std::move(out));
}

awaitable<response> create_user(exchange& x) {
  auto body = read_body<user_body>(x, user_members);
  if (!body)
    co_return refuse(x, body.error());
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

awaitable<response> change_user(exchange& x) {
  auto wish = read_body<user_wish>(x, change_members);
  if (!wish)
    co_return refuse(x, wish.error());
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  const auto& did = x.path["did"];
  auto failed = co_await done([&](reply<std::monostate> answer) {
    x.app.actors.change_user(
        by(x), did, std::move(*wish), std::move(answer), std::move(*expected));
  });
  if (failed)
    co_return refuse(x, *failed);
  auto user = x.app.actors.access().find_user(did);
  co_return user ? record_response(x, *user) : refuse(x, no_such_user());
}

awaitable<response> deactivate_user(exchange& x) {
  return answer_done(
      x, [&x](reply<std::monostate> answer, precondition expected) {
        x.app.actors.set_user_active(
            by(x), x.path["did"], false, std::move(answer),
            std::move(expected));
      });
}

} // namespace

std::span<const route> user_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{{"GET", "/api/users", admin, overseeing}, list_users},
      route{
          {"POST", "/api/users", admin, administering,
           members_of<user_members>()},
          create_user},
      route{{"GET", "/api/users/me", member, no_scope}, get_me},
      route{{"GET", "/api/users/{did}", admin, overseeing}, get_user},
      route{
          {"PATCH", "/api/users/{did}", admin, administering,
           members_of<change_members>()},
          change_user},
      route{
          {"DELETE", "/api/users/{did}", admin, administering},
          deactivate_user},
  };
  return table;
}

} // namespace hansard::handlers
