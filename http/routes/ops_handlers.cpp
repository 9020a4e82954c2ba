#include "events/text/json_text.hpp"
#include "http/app/http_app.hpp"
#include "http/app/run_query.hpp"
#include "http/routes/openapi_text.hpp"
#include "http/routes/tables.hpp"

namespace hansard::handlers {

namespace {

constexpr std::string_view about_text =
    "Hansard: an event-sourced chat server for language models.\n"
    "\n"
    "POST /api/chat                 chat; the answer is a stream\n"
    "GET  /api/chat/sessions        your conversations\n"
    "GET  /healthz /readyz /metrics for operators\n"
    "\n"
    "Every request to /api needs a key: Authorization: Bearer KEY.\n"
    "GET /openapi.yaml is the whole API; the rest is in README.md.\n";

awaitable<response> about(exchange&) {
  response out;
  out.content_type = "text/plain; charset=utf-8";
  out.body = about_text;
  co_return out;
}

awaitable<response> openapi(exchange&) {
  response out;
  // RFC 9512.
  out.content_type = "application/yaml";
  out.body = openapi_text();
  co_return out;
}

awaitable<response> healthz(exchange&) {
  co_return json_response(R"({"status":"alive"})");
}

awaitable<response> readyz(exchange& x) {
  auto obstacles = x.app.actors.obstacles();
  if (x.app.draining)
    obstacles.push_back("The server is going down.");
  std::string out;
  json_object_writer object{out};
  object.text("status", obstacles.empty() ? "ready" : "not ready")
      .raw("obstacles", texts_json(obstacles))
      .close();
  co_return json_response(std::move(out), obstacles.empty() ? 200 : 503);
}

awaitable<response> metrics(exchange& x) {
  // Collecting asks every part for its numbers: not on a socket's thread.
  auto text = co_await run_query(
      x.app, [&x]() -> result<std::string> { return x.app.metrics.text(); });
  if (!text)
    co_return refuse(x, text.error());
  response out;
  out.content_type = "text/plain; version=0.0.4; charset=utf-8";
  out.body = std::move(*text);
  co_return out;
}

} // namespace

std::span<const route> ops_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{{"GET", "/", open, no_scope}, about},
      route{{"GET", "/openapi.yaml", open, no_scope}, openapi},
      route{{"GET", "/healthz", open, no_scope}, healthz},
      route{{"GET", "/readyz", open, no_scope}, readyz},
      route{{"GET", "/metrics", open, no_scope}, metrics},
  };
  return table;
}

} // namespace hansard::handlers
