#include "http/app/http_app.hpp"
#include "http/routes/admin/policy_json.hpp"
#include "http/routes/command_answer.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"

namespace hansard::handlers {

namespace {

error no_such_policy() {
  return make_error(ec::not_found, "There is no such policy.");
}

awaitable<response> list_policies(exchange& x) {
  auto at = wall_clock();
  if (auto text = query_text(x, "at"); !text.empty()) {
    auto read = from_iso8601(text);
    if (!read)
      co_return refuse(
          x, wrong_member("at", "must be a time like 2026-05-28T14:30:45Z."));
    at = *read;
  }
  const auto& access = x.app.actors.access();
  co_return co_await answer_list(
      x, "policies",
      [&](const list_query& query) { return access.policies_at(at, query); },
      [](std::string& out, const policy_record& policy) {
        append_json(out, policy);
      },
      R"(,"at":")" + to_iso8601(at) + '"');
}

awaitable<response> get_policy(exchange& x) {
  auto id = policy_id::parse(x.path["id"]);
  auto policy = id ? x.app.actors.access().find_policy(*id) : std::nullopt;
  co_return policy ? record_response(x, *policy) : refuse(x, no_such_policy());
}

awaitable<response> set_policy(exchange& x) {
  auto body = body_object(x);
  if (!body)
    co_return refuse(x, body.error());
  auto wanted = read_policy(*body);
  if (!wanted)
    co_return refuse(x, wanted.error());
  auto expected = read_precondition(x);
  if (!expected)
    co_return refuse(x, expected.error());
  auto set =
      co_await await_reply<policy_record>([&](reply<policy_record> answer) {
        x.app.actors.set_policy(
            by(x), wanted->id, std::move(wanted->spec), std::move(answer),
            std::move(*expected));
      });
  if (!set)
    co_return refuse(x, set.error());
  co_return record_response(x, *set, set->ref.version == 1 ? 201 : 200);
}

awaitable<response> remove_policy(exchange& x) {
  auto id = policy_id::parse(x.path["id"]);
  if (!id)
    co_return refuse(x, no_such_policy());
  co_return co_await answer_done(
      x, [&](reply<std::monostate> answer, precondition expected) {
        x.app.actors.remove_policy(
            by(x), *id, std::move(answer), std::move(expected));
      });
}

} // namespace

std::span<const route> policy_routes() {
  using enum route_access;
  static const std::array table{
      route{{"GET", "/api/policies", admin, overseeing}, list_policies},
      route{
          {"POST", "/api/policies", admin, administering, policy_body()},
          set_policy},
      route{{"GET", "/api/policies/{id}", admin, overseeing}, get_policy},
      route{
          {"DELETE", "/api/policies/{id}", admin, administering},
          remove_policy},
  };
  return table;
}

} // namespace hansard::handlers
