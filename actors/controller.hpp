#pragma once

#include "actors/administration.hpp"
#include "actors/llm_backend.hpp"
#include "actors/reply.hpp"
#include "actors/stream_sink.hpp"
#include "events/control_events.hpp"
#include "events/error.hpp"
#include "events/history.hpp"
#include "events/message.hpp"
#include "events/session_model.hpp"
#include "projections/access.hpp"
#include "projections/guardrails.hpp"
#include "projections/message_history.hpp"
#include "projections/row_store.hpp"
#include "projections/session_list.hpp"
#include "projections/usage.hpp"
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

/// What a message does that meets a running turn.
enum class busy_policy {
  /// It is refused with turn_running.
  refuse,
  /// It waits for its turn.
  queue,
  /// It stops that turn, and comes next.
  interrupt,
};

/// A client's own name for a request that it may send again
/// (draft-ietf-httpapi-idempotency-key-header-06). Keys of different callers
/// are different keys.
struct idempotency_key {
  std::string text;
  /// Of the body: the same key with another body is a mistake.
  std::array<std::uint8_t, 32> body_sha256{};
};

/// "Append these messages, and let the agent answer."
struct turn_command {
  principal who;
  /// Id of the HTTP request.
  std::string request;
  std::string agent;
  /// nullopt: a new session.
  std::optional<session_id> session;
  /// At least one; `origin` is set by the session.
  std::vector<message> messages;
  history_hint history = history_hint::infer;
  busy_policy on_busy = busy_policy::refuse;
  std::optional<replace_point> replace_from;
  std::optional<idempotency_key> key;
  /// Of the HTTP request; its calls of the model server are part of the trace.
  std::optional<trace_context> trace{};
};

/// A turn whose first events are durable.
struct turn_ticket {
  session_id session;
  turn_id turn;
  /// Subscribe after this version to get everything that the turn generates.
  stream_version after;
  /// The turn was begun by an earlier request with the same idempotency key.
  bool replayed = false;
  /// How the caller's limits stand, as rate_headers() writes them.
  std::vector<std::pair<std::string, std::string>> limits{};
};

/// "Feed this sink with the session's events after a version."
struct attach_command {
  principal who;
  std::string request;
  session_id session;
  /// Which turn; nil: the newest.
  turn_id turn;
  /// nullopt: from the start of the turn.
  std::optional<stream_version> after;
  std::shared_ptr<stream_sink> sink;
};

struct attach_ticket {
  turn_id turn;
  /// Where the stream begins.
  stream_version after;
  /// The turn is running; false: what is left of it is in the log.
  bool running = false;
  /// Nothing is running and nothing is recorded after `after`: the sink was not
  /// taken and will get no call.
  bool nothing_to_send = false;
};

/// What goes on in a session at the moment.
struct session_activity {
  /// Turns that wait for the running one, first to come first.
  std::vector<turn_id> queued;
  std::size_t clients = 0;
};

struct stop_command {
  principal who;
  std::string request;
  session_id session;
  /// nil: whatever is running.
  turn_id turn;
};

struct stop_ticket {
  /// The turn that was stopped; nil: none was running, or another one.
  turn_id turn;
};

struct controller_options {
  /// Turns that may run at once; one more is refused with `overloaded`.
  std::size_t max_running_turns = 20'000;
  /// How long a message may wait for the turn before it; turn_running then.
  std::chrono::milliseconds queue_patience{50'000};
  /// Sessions leave memory after this long without a turn or a client.
  std::chrono::milliseconds passivate_after{60'000};
  /// New turns are refused with storage_full below this much free disk.
  std::uint64_t min_free_bytes = 256ull * 1024 * 1024;
  /// CAF worker threads.
  std::size_t worker_threads = 2;
};

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

/// True for those who see every session: admins and auditors.
inline bool sees_all(const principal& who) {
  return who.role == user_role::admin || who.role == user_role::auditor;
}

/// The principal's DID for what the server does itself.
inline constexpr std::string_view server_principal = "hansard";

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
