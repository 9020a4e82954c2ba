#include "http/connection/admission.hpp"

#include "http/app/await_reply.hpp"
#include "http/app/http_app.hpp"
#include "http/auth/authenticator.hpp"
#include "http/connection/route_rights.hpp"
#include "http/message/origin_check.hpp"
#include "http/text/text.hpp"

#include <utility>
#include <variant>

namespace hansard {

namespace {

bool is_json(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t'))
    type.remove_suffix(1);
  return equal_ignoring_case(type, "application/json");
}

/// Answers that are no handler's: a target without a route, OPTIONS.
std::optional<response> find_fault(exchange& x, const route_match& match) {
  if (match.allow.empty())
    return refuse(
        x, make_error(ec::not_found, "There is nothing at this path."));
  if (x.head.method == "OPTIONS") {
    response options;
    options.status = 204;
    options.headers.emplace_back("Allow", match.allow);
    auto preflight = preflight_headers(
        x.head, match.allow, x.rules->callers->cors_origins());
    if (preflight)
      for (auto& header : *preflight)
        options.headers.push_back(std::move(header));
    return options;
  }
  x.route = match.path_template;
  if (match.route)
    return std::nullopt;
  auto refused = refuse(
      x,
      make_error(
          ec::method_not_allowed, "This path answers to " + match.allow + "."));
  refused.headers.emplace_back("Allow", match.allow);
  return refused;
}

response too_many_attempts(const exchange& x, std::chrono::seconds pause) {
  auto refused = refuse(
      x, http_problem(
             http_code::too_many_attempts,
             "Too many failed attempts from this address. Try again later."));
  refused.headers.emplace_back("Retry-After", std::to_string(pause.count()));
  return refused;
}

/// What the caller may not do, once they are known.
std::optional<error> find_denial(const exchange& x, const route_info& route) {
  if (x.who.kind == credential_kind::session_cookie && is_write(x.head.method)
      && !is_own_write(x.head, x.rules->callers->cors_origins()))
    return make_error(
        ec::forbidden, "A page of another origin can't do this with your "
                       "session.");
  if (!may_use(route, x.who))
    return make_error(
        ec::forbidden, "This credential has no scope for this route.");
  return refuse_role(route, x.who);
}

boost::asio::awaitable<std::optional<response>> authenticate(
    exchange& x, const route_info& route,
    const boost::asio::ip::address& peer) {
  using verdict = authenticator::verdict;
  const auto callers = x.rules->callers;
  // Before the look, so that what is revoked meanwhile is seen as new.
  x.revocations = x.app.actors.access().revocations();
  auto now = wall_clock();
  auto found = callers->authenticate(x.head, peer, now, false);
  if (found.what == verdict::needs_keys) {
    co_await await_reply<std::monostate>([&](reply<std::monostate> done) {
      callers->fetch_keys(std::move(done));
    });
    found = callers->authenticate(x.head, peer, wall_clock(), true);
  }
  if (found.what == verdict::limited)
    co_return too_many_attempts(x, found.retry_after);
  if (found.what != verdict::known)
    co_return refuse(x, unauthenticated());
  x.who = std::move(found.who);
  if (x.who.kind == credential_kind::api_key && callers->uses_are_due(now))
    x.app.actors.record_key_uses();
  if (auto denied = find_denial(x, route))
    co_return refuse(x, *denied);
  co_return std::nullopt;
}

} // namespace

error unauthenticated() {
  return make_error(
      ec::unauthenticated,
      "Send valid credentials: an API key as Authorization: Bearer or "
      "x-api-key, a token as Authorization: Bearer, or a session cookie.");
}

bool may_use(const route_info& route, const principal& who) {
  if (route.scopes == 0)
    return true;
  // An auditor reads what is others'; a key that is not for that is not for
  // reading less, but for nothing.
  if (who.role == user_role::auditor && !who.has(scope::audit))
    return false;
  return (route.scopes & who.scopes) != 0;
}

boost::asio::awaitable<std::optional<response>> admit(
    exchange& x, std::optional<route_match>& match,
    const boost::asio::ip::address& peer) {
  if (!match)
    co_return refuse(
        x, make_error(ec::invalid_request, "The request target is not valid."));
  if (auto fault = find_fault(x, *match))
    co_return fault;
  const auto& route = routes()[*match->route];
  if (route.access != route_access::open)
    if (auto refused = co_await authenticate(x, route, peer))
      co_return refused;
  if (x.head.has_body && !is_json(x.head.content_type))
    co_return refuse(
        x, make_error(
               ec::unsupported_media_type,
               "Send the body as Content-Type: application/json."));
  if (const auto& coding = x.head.content_encoding;
      x.head.has_body && !coding.empty()
      && !equal_ignoring_case(coding, "identity"))
    co_return refuse(
        x, make_error(
               ec::unsupported_media_type,
               "Send the body as it is, without Content-Encoding."));
  x.path = std::move(match->path);
  x.query = std::move(match->query);
  co_return std::nullopt;
}

} // namespace hansard
