#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard {

/// What can go wrong, for every folder. `http/problem` gives each its status.
enum class ec : std::uint8_t {
  none = 0,
  /// The request is malformed; the message names the member.
  invalid_request,
  /// No valid credentials.
  unauthenticated,
  /// Known, but not allowed.
  forbidden,
  /// No such thing, or not the caller's: the same answer for both.
  not_found,
  /// A turn of the session is running.
  turn_running,
  /// The session belongs to another agent.
  agent_mismatch,
  /// The client's history contradicts the record, and the agent is strict.
  history_conflict,
  /// The idempotency key was used with another body.
  idempotency_conflict,
  /// Something with that id exists.
  already_exists,
  /// Over a size limit.
  too_large,
  unsupported_media_type,
  method_not_allowed,
  /// A policy allows no more for the moment.
  rate_limited,
  /// A budget is spent, or reserved by what runs.
  quota_exceeded,
  /// Too many requests, or no room for another.
  overloaded,
  /// The server is going down; another try after the restart will do.
  draining,
  /// A wait ran out.
  timed_out,
  /// Another writer was faster: the stream's version is not the expected one.
  wrong_expected_version,
  /// The disk is full, or nearly: no new work until there is room.
  storage_full,
  /// The log failed; nothing more is accepted until a restart.
  storage_failed,
  /// Another process holds the data folder.
  storage_locked,
  /// Stored bytes are not what was written.
  corrupt,
  /// Written by a newer Hansard than this one.
  format_too_new,
  /// The model server could not be reached.
  upstream_unavailable,
  /// The model server refused, or answered nonsense.
  upstream_failed,
  /// The model server was silent for too long.
  upstream_timed_out,
  /// The model server's stream ended without a finish reason.
  upstream_truncated,
  /// A guardrail refuses the message.
  guardrail,
  /// The record is not as the request asks (RFC 9110 §13).
  precondition_failed,
  /// The operator has not set what this needs.
  not_configured,
  /// An actor was lost on the way, or another fault inside.
  internal,
};

/// The stable snake_case name of a code, for logs and stored events.
std::string_view to_string(ec code);

/// Why something did not happen, for the one who asked.
struct error {
  ec code = ec::internal;
  /// What went wrong and what to do, in a sentence; shown to the caller.
  std::string message;
  /// Members of the API error's `details`.
  std::vector<std::pair<std::string, std::string>> details;
};

template <class T>
using result = boost::system::result<T, error>;

inline error make_error(ec code, std::string message) {
  return error{code, std::move(message), {}};
}

/// Called by result<T>::value() when there is none: a broken invariant of the
/// caller, which must have looked first.
[[noreturn]] void
throw_exception_from_error(const error& e, const boost::source_location& where);

} // namespace hansard
