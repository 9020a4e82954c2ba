#include "events/text/json_text.hpp"
#include "http/app/await_reply.hpp"
#include "http/app/http_app.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/tables.hpp"

namespace hansard::handlers {

namespace {

awaitable<response> reload_configuration(exchange& x) {
  if (!x.app.reload)
    co_return refuse(
        x, make_error(
               ec::not_configured, "This server has no configuration that can "
                                   "be read anew."));
  auto done =
      co_await await_reply<reload_report>([&](reply<reload_report> answer) {
        x.app.reload({x.who.user, x.request_id}, std::move(answer));
      });
  if (!done)
    co_return refuse(x, done.error());
  std::string out;
  json_object_writer{out}
      .text("sha256", done->sha256)
      .raw("changed", texts_json(done->changed))
      .raw("needsRestart", texts_json(done->needs_restart))
      .close();
  co_return json_response(std::move(out));
}

} // namespace

std::span<const route> reload_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{
          {"POST", "/api/admin/reload", admin, administering},
          reload_configuration},
  };
  return table;
}

} // namespace hansard::handlers
