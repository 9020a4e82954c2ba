#pragma once

#include "actors/commands.hpp"
#include "actors/control/administration.hpp"
#include "actors/llm_backend.hpp"
#include "actors/options.hpp"
#include "actors/precondition.hpp"
#include "actors/reply.hpp"
#include "events/error.hpp"
#include "events/facts/control_events.hpp"
#include "events/message.hpp"
#include "events/session/history.hpp"
#include "events/session/session_model.hpp"
#include "projections/directory/access.hpp"
#include "projections/directory/guardrails.hpp"
#include "projections/history/message_history.hpp"
#include "projections/rows/row_store.hpp"
#include "projections/sessions/session_list.hpp"
#include "projections/usage/usage.hpp"
#include "storage/event_log.hpp"

#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

/// The actor system behind one door: what http and the program see of it.
/// All calls are thread-safe and return at once; answers come through `reply`
/// on some thread. Nothing throws.
class controller : public administration {
public:
  // Chat.
  //
  // start_turn: forbidden, rate_limited, quota_exceeded (details: rule,
  // retryAfterMs, x-ratelimit-…), not_found (no such agent; no such session or
  // not the caller's), turn_running (details: turnId), agent_mismatch,
  // history_conflict, idempotency_conflict, overloaded, draining,
  // storage_full, storage_failed.
  virtual void start_turn(turn_command, reply<turn_ticket>) = 0;
  // attach: not_found; invalid_request (a version that is not in the stream).
  virtual void attach(attach_command, reply<attach_ticket>) = 0;
  virtual void stop_turn(stop_command, reply<stop_ticket>) = 0;
  virtual void rename(
      principal who, std::string request, session_id, std::string title,
      reply<stream_version>, precondition expected = {}) = 0;
  /// Hides the session from its owner; a running turn is cancelled first.
  /// not_found; both: precondition_failed, by tag_of_title().
  virtual void delete_session(
      principal who, std::string request, session_id, reply<std::monostate>,
      precondition expected = {}) = 0;

  /// The caller has checked who asks. Asks no session that sleeps.
  virtual void look_at(session_id, reply<session_activity>) = 0;

  // Reading. The readers block on disk: call them from a thread that may.
  virtual const access_directory& access() const = 0;
  virtual session_list_reader sessions() const = 0;
  virtual usage_reader usage() const = 0;
  /// What a principal used by now, and has reserved; `agent` empty: with all.
  virtual usage_counters
  counters_of(std::string_view user, std::string_view agent) const = 0;
  virtual message_history_reader history() const = 0;
  virtual const event_log& log() const = 0;
  /// Answers once the projections have folded everything up to `position`;
  /// timed_out after `patience`.
  virtual void when_projected(
      log_position position, std::chrono::milliseconds patience,
      reply<std::monostate>) = 0;

  // Life.
  /// Why the server is not ready, in words; empty: it is.
  virtual std::vector<std::string> obstacles() const = 0;
  virtual std::size_t running_turns() const = 0;
  /// Refuses new turns from now on; answers when none runs any more, or at the
  /// deadline, after the rest were recorded as interrupted.
  virtual void
  drain(std::chrono::milliseconds deadline, reply<std::monostate>) = 0;
};

/// Starts the actors over `log` and `rows`, closes the turns that a crash left
/// open, and folds the control stream. All references must outlive it;
/// destroying it stops every actor.
/// @param backends by provider name.
/// @param on_fatal called once, from any thread, when the log has failed for
///        good and the process should say why and exit.
result<std::unique_ptr<controller>> make_controller(
    const controller_options& options, event_log& log, row_store& rows,
    std::map<std::string, std::shared_ptr<llm_backend>> backends,
    std::shared_ptr<prometheus::Registry> metrics,
    std::function<void(error)> on_fatal);

} // namespace hansard
