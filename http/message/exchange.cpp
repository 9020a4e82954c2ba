#include "http/message/exchange.hpp"

#include <chrono>

namespace hansard {

response refuse(const exchange& x, const problem& p) {
  response out;
  out.status = p.status;
  if (x.trace_is_callers) {
    auto told = p;
    told.details.emplace_back("traceId", x.trace.trace_text());
    out.body = to_json(told, x.request_id, wall_clock());
  } else {
    out.body = to_json(p, x.request_id, wall_clock());
  }
  if (auto seconds = retry_after_seconds(p))
    out.headers.emplace_back("Retry-After", std::to_string(*seconds));
  if (auto ms = retry_after_ms(p))
    out.headers.emplace_back("retry-after-ms", std::to_string(*ms));
  out.headers.insert(out.headers.end(), p.headers.begin(), p.headers.end());
  if (p.status == 401)
    out.headers.emplace_back("WWW-Authenticate", "Bearer");
  return out;
}

response refuse(const exchange& x, const error& why) {
  return refuse(x, to_problem(why));
}

response json_response(std::string body, unsigned status) {
  response out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

} // namespace hansard
