#include "http/message/problem.hpp"

#include "events/text/json_text.hpp"
#include "http/text/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace hansard {

namespace {

struct row {
  ec code;
  unsigned status;
};

constexpr std::array table{
    row{ec::invalid_request, 400},
    row{ec::unauthenticated, 401},
    row{ec::forbidden, 403},
    row{ec::guardrail, 403},
    row{ec::not_found, 404},
    row{ec::method_not_allowed, 405},
    row{ec::turn_running, 409},
    row{ec::agent_mismatch, 409},
    row{ec::history_conflict, 409},
    row{ec::already_exists, 409},
    row{ec::wrong_expected_version, 409},
    row{ec::idempotency_conflict, 422},
    row{ec::precondition_failed, 412},
    row{ec::too_large, 413},
    row{ec::unsupported_media_type, 415},
    row{ec::upstream_failed, 502},
    row{ec::upstream_truncated, 502},
    row{ec::rate_limited, 429},
    row{ec::quota_exceeded, 429},
    row{ec::not_configured, 501},
    row{ec::overloaded, 503},
    row{ec::draining, 503},
    row{ec::timed_out, 503},
    row{ec::storage_full, 503},
    row{ec::storage_failed, 503},
    row{ec::upstream_unavailable, 503},
    row{ec::upstream_timed_out, 504},
};

} // namespace

unsigned status_of(ec code) {
  for (const auto& at : table)
    if (at.code == code)
      return at.status;
  return 500;
}

unsigned status_of_failure(std::string_view code) {
  for (const auto& at : table)
    if (to_string(at.code) == code)
      return at.status;
  return code == to_string(ec::internal) ? 500 : 502;
}

problem to_problem(const error& why) {
  problem out;
  out.status = status_of(why.code);
  out.code = to_upper(to_string(why.code));
  out.message = why.message;
  for (const auto& detail : why.details)
    (detail.first.starts_with("x-ratelimit-") ? out.headers : out.details)
        .push_back(detail);
  return out;
}

problem
http_problem(unsigned status, std::string_view code, std::string message) {
  return {status, std::string(code), std::move(message), {}, {}};
}

std::optional<std::uint64_t> retry_after_ms(const problem& p) {
  for (const auto& [name, text] : p.details) {
    std::uint64_t ms = 0;
    auto end = text.data() + text.size();
    if (name == "retryAfterMs"
        && std::from_chars(text.data(), end, ms).ptr == end)
      return ms;
  }
  return std::nullopt;
}

std::optional<unsigned> retry_after_seconds(const problem& p) {
  switch (p.status) {
  case 409:
    // A turn takes some seconds; other conflicts do not pass by waiting.
    return p.code == "TURN_RUNNING" ? std::optional<unsigned>{2} : std::nullopt;
  case 429: {
    auto wait = retry_after_ms(p);
    return wait ? static_cast<unsigned>(
               std::min<std::uint64_t>((*wait + 999) / 1000, UINT32_MAX))
                : 1;
  }
  case 503:
    // Room on a disk, or a restart, takes longer than a queue.
    return p.code == "OVERLOADED" || p.code == "TIMED_OUT" ? 1 : 5;
  default:
    return std::nullopt;
  }
}

std::string
to_json(const problem& p, std::string_view request_id, timestamp now) {
  std::string details;
  json_object_writer inner{details};
  for (const auto& [name, value] : p.details)
    inner.text(name, value);
  inner.close();

  std::string out;
  json_object_writer object{out};
  object.text("error", p.message)
      .text("code", p.code)
      .number("statusCode", p.status)
      .raw("details", details)
      .text("requestId", request_id)
      .text("timestamp", to_iso8601(now))
      .close();
  return out;
}

} // namespace hansard
