#include "http/message/problem.hpp"

#include "events/text/json_text.hpp"
#include "http/text/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace hansard {

namespace {

struct api_row {
  ec code;
  unsigned status;
  std::string_view meaning;
};

constexpr std::array api_rows{
    api_row{
        ec::invalid_request, 400,
        "The request is malformed; the message names the member."},
    api_row{ec::unauthenticated, 401, "There are no valid credentials."},
    api_row{ec::forbidden, 403, "The caller is known, and may not."},
    api_row{ec::guardrail, 403, "A guardrail refuses the message."},
    api_row{
        ec::not_found, 404,
        "There is no such thing, or it is not the caller's."},
    api_row{
        ec::method_not_allowed, 405,
        "The path does not answer to this method; see Allow."},
    api_row{ec::turn_running, 409, "A turn of the session is running."},
    api_row{ec::agent_mismatch, 409, "The session belongs to another agent."},
    api_row{
        ec::history_conflict, 409,
        "The client's history contradicts the record."},
    api_row{
        ec::already_exists, 409, "Something with this id is there already."},
    api_row{ec::wrong_expected_version, 409, "Another writer was faster."},
    api_row{
        ec::precondition_failed, 412,
        "The record is not as If-Match or If-None-Match asks."},
    api_row{ec::too_large, 413, "Something is over a limit of size."},
    api_row{
        ec::unsupported_media_type, 415, "The body is not application/json."},
    api_row{
        ec::idempotency_conflict, 422,
        "The Idempotency-Key was used with another body."},
    api_row{ec::rate_limited, 429, "A policy allows no more for the moment."},
    api_row{
        ec::quota_exceeded, 429,
        "A budget is spent, or reserved by what runs."},
    api_row{ec::storage_locked, 500, "Another process holds the data folder."},
    api_row{ec::corrupt, 500, "Stored bytes are not what was written."},
    api_row{ec::format_too_new, 500, "A newer Hansard wrote the record."},
    api_row{ec::internal, 500, "The server failed."},
    api_row{
        ec::not_configured, 501, "The operator has not set what this needs."},
    api_row{
        ec::upstream_failed, 502,
        "The model server refused, or answered nonsense."},
    api_row{
        ec::upstream_truncated, 502, "The model server's stream broke off."},
    api_row{ec::overloaded, 503, "There is no room for another request."},
    api_row{
        ec::draining, 503,
        "The server is going down; try again after its restart."},
    api_row{ec::timed_out, 503, "A wait ran out."},
    api_row{ec::storage_full, 503, "The disk is full, or nearly."},
    api_row{
        ec::storage_failed, 503,
        "The log failed; nothing is recorded until a restart."},
    api_row{
        ec::upstream_unavailable, 503,
        "The model server could not be reached."},
    api_row{
        ec::upstream_timed_out, 504,
        "The model server was silent for too long."},
};

struct http_row {
  http_code code;
  std::string_view name;
  unsigned status;
  std::string_view meaning;
};

constexpr std::array http_rows{
    http_row{
        http_code::request_timeout, "REQUEST_TIMEOUT", 408,
        "The request did not arrive in time."},
    http_row{
        http_code::uri_too_long, "URI_TOO_LONG", 414,
        "The request target is too long."},
    http_row{
        http_code::expectation_failed, "EXPECTATION_FAILED", 417,
        "Expect asks for something else than 100-continue."},
    http_row{
        http_code::too_many_attempts, "TOO_MANY_ATTEMPTS", 429,
        "Too many failed attempts came from this address."},
    http_row{
        http_code::header_too_large, "HEADER_TOO_LARGE", 431,
        "The head of the request is too large."},
};

} // namespace

unsigned status_of(ec code) {
  for (const auto& at : api_rows)
    if (at.code == code)
      return at.status;
  return 500;
}

const std::vector<code_entry>& error_codes() {
  static const auto all = [] {
    std::vector<code_entry> out;
    for (const auto& at : api_rows)
      out.push_back({to_upper(to_string(at.code)), at.status, at.meaning});
    for (const auto& at : http_rows)
      out.push_back({std::string(at.name), at.status, at.meaning});
    return out;
  }();
  return all;
}

problem stored_problem(std::string_view code, std::string reason) {
  problem out{502, to_upper(code), std::move(reason), {}, {}};
  for (const auto& at : api_rows)
    if (to_string(at.code) == code)
      out.status = at.status;
  return out;
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

problem http_problem(http_code code, std::string message) {
  for (const auto& at : http_rows)
    if (at.code == code)
      return {at.status, std::string(at.name), std::move(message), {}, {}};
  return to_problem(make_error(ec::internal, std::move(message)));
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
