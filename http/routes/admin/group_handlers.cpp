#include "events/text/json_text.hpp"
#include "http/app/http_app.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"

namespace hansard::handlers {

namespace {

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

} // namespace

std::span<const route> group_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{{"GET", "/api/groups", admin, overseeing}, list_groups},
  };
  return table;
}

} // namespace hansard::handlers
