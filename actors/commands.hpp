#pragma once

#include "actors/fwd.hpp"
#include "events/error.hpp"
#include "events/facts/control_events.hpp"
#include "events/ids.hpp"
#include "events/message.hpp"
#include "events/session/history.hpp"
#include "events/session/session_commands.hpp"
#include "events/text/trace_context.hpp"
#include "projections/directory/access_records.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What is asked of the actors about sessions, and what they answer.
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

/// True for those who see every session: admins and auditors.
inline bool sees_all(const principal& who) {
  return who.role == user_role::admin || who.role == user_role::auditor;
}

/// The principal's DID for what the server does itself.
inline constexpr std::string_view server_principal = "hansard";

} // namespace hansard
