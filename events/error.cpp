#include "events/error.hpp"

#include <stdexcept>

namespace hansard {

std::string_view to_string(ec code) {
  switch (code) {
  case ec::none:
    return "none";
  case ec::invalid_request:
    return "invalid_request";
  case ec::unauthenticated:
    return "unauthenticated";
  case ec::forbidden:
    return "forbidden";
  case ec::not_found:
    return "not_found";
  case ec::turn_running:
    return "turn_running";
  case ec::agent_mismatch:
    return "agent_mismatch";
  case ec::history_conflict:
    return "history_conflict";
  case ec::idempotency_conflict:
    return "idempotency_conflict";
  case ec::already_exists:
    return "already_exists";
  case ec::too_large:
    return "too_large";
  case ec::unsupported_media_type:
    return "unsupported_media_type";
  case ec::method_not_allowed:
    return "method_not_allowed";
  case ec::rate_limited:
    return "rate_limited";
  case ec::quota_exceeded:
    return "quota_exceeded";
  case ec::overloaded:
    return "overloaded";
  case ec::draining:
    return "draining";
  case ec::timed_out:
    return "timed_out";
  case ec::wrong_expected_version:
    return "wrong_expected_version";
  case ec::storage_full:
    return "storage_full";
  case ec::storage_failed:
    return "storage_failed";
  case ec::storage_locked:
    return "storage_locked";
  case ec::corrupt:
    return "corrupt";
  case ec::format_too_new:
    return "format_too_new";
  case ec::upstream_unavailable:
    return "upstream_unavailable";
  case ec::upstream_failed:
    return "upstream_failed";
  case ec::upstream_timed_out:
    return "upstream_timed_out";
  case ec::upstream_truncated:
    return "upstream_truncated";
  case ec::guardrail:
    return "guardrail";
  case ec::precondition_failed:
    return "precondition_failed";
  case ec::not_configured:
    return "not_configured";
  case ec::internal:
    return "internal";
  }
  return "internal";
}

void throw_exception_from_error(const error& e, const boost::source_location&) {
  throw std::logic_error(
      "result has no value: " + std::string(to_string(e.code)) + ": "
      + e.message);
}

} // namespace hansard
