#include "http/app/http_app.hpp"
#include "http/routes/admin/key_json.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"

namespace hansard::handlers {

namespace {

constexpr std::size_t max_label_characters = 200;

constexpr std::array key_members{
    member<&key_wish::label, printable_or_empty<max_label_characters>>("label")
        .or_null(),
    member<&key_wish::expires_at, read_future_time>("expiresAt"),
    member<&key_wish::scopes, read_scopes>("scopes").or_null(),
};

awaitable<response> list_keys(exchange& x) {
  const auto& access = x.app.actors.access();
  const auto& did = x.path["did"];
  if (!access.find_user(did))
    co_return refuse(x, no_such_user());
  co_return co_await answer_list(
      x, "keys",
      [&](const list_query& query) { return access.keys_of(did, query); },
      [](std::string& out, const key_record& key) {
        append_json(out, key, {});
      });
}

awaitable<response> create_key(exchange& x) {
  auto wish = read_body<key_wish>(x, key_members);
  if (!wish)
    co_return refuse(x, wish.error());
  wish->user = x.path["did"];
  if (!x.app.actors.access().find_user(wish->user))
    co_return refuse(x, no_such_user());
  if (auto met = check_new(x); !met)
    co_return refuse(x, met.error());
  auto issued = co_await await_reply<issued_key>([&](reply<issued_key> answer) {
    x.app.actors.issue_key(by(x), std::move(*wish), std::move(answer));
  });
  if (!issued)
    co_return refuse(x, issued.error());
  std::string out;
  append_json(out, issued->record, issued->text);
  co_return tagged_response(
      x, std::move(out), issued->record.id.to_string(), 201);
}

awaitable<response> revoke_key(exchange& x) {
  auto id = key_id::parse(x.path["keyId"]);
  if (!id)
    co_return refuse(x, make_error(ec::not_found, "There is no such key."));
  co_return co_await answer_revoked(
      x, id->to_string(), [&](reply<std::monostate> answer) {
        x.app.actors.revoke_key(by(x), x.path["did"], *id, std::move(answer));
      });
}

} // namespace

std::span<const route> key_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{{"GET", "/api/users/{did}/keys", admin, overseeing}, list_keys},
      route{
          {"POST", "/api/users/{did}/keys", admin, administering,
           members_of<key_members>()},
          create_key},
      route{
          {"DELETE", "/api/users/{did}/keys/{keyId}", admin, administering},
          revoke_key},
  };
  return table;
}

} // namespace hansard::handlers
