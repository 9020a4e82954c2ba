#pragma once

#include "events/error.hpp"
#include "events/event.hpp"
#include "events/session/history.hpp"
#include "events/session/session_model.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What can be asked of a session. Each command is decided by a pure function,
/// against what is recorded and what is on its way to the record: it gives the
/// events to record, or the refusal. Nobody else decides.
namespace hansard {

/// What was decided of a session and is not on record yet. Commands come faster
/// than a disk writes; each must know what those before it have led to.
struct session_outlook {
  struct running_turn {
    turn_id turn;
    /// What an ending at this moment says of its tokens.
    token_usage usage{};
    /// Its ending is on its way.
    bool ends = false;
  };
  /// A turn that was let in and whose ending is not on record; only it can be
  /// given one.
  std::optional<running_turn> turn{};
  /// The newest title that is on its way.
  std::optional<std::string> title{};
  /// session_deleted is on its way.
  bool deleted = false;
};

/// From where on a client replaces the history: the index of a message, or a
/// turn.
using replace_point = std::variant<std::uint32_t, turn_id>;

/// "These messages, and an answer, please."
struct start_turn {
  std::string agent;
  cause by;
  /// An admin may write into anybody's session.
  bool is_admin = false;
  /// What allowed it, for turn_admitted.
  std::string basis;
  turn_id turn;
  std::vector<message> messages;
  history_hint hint = history_hint::infer;
  history_policy policy = history_policy::branch;
  /// Of a message: those in front of it stay, then come `messages`. Of a turn:
  /// `messages` stand in place of those that it brought, or, where there are
  /// none, those are answered anew. nullopt: `hint` decides.
  std::optional<replace_point> replace_from;
};

/// @returns session_opened where the session is new, messages_received,
///          turn_admitted; or not_found (another owner's), agent_mismatch,
///          turn_running (details: turnId), history_conflict, invalid_request
///          (also a replace_from that is not on the active branch).
result<std::vector<event>> decide(
    const session_state& state, start_turn command,
    const session_outlook& coming = {});

/// "Stop answering."
struct stop_turn {
  cause by;
  bool is_admin = false;
  /// nil: whatever runs.
  turn_id turn{};
};

/// @returns generation_cancelled; nothing where nothing runs, or another turn
///          does; or not_found.
result<std::vector<event>> decide(
    const session_state& state, const stop_turn& command,
    const session_outlook& coming);

/// Judges the title that a command is to change, as the one who sent it knew
/// it. Empty: whatever the title is.
using title_condition = std::function<result<void>(const std::string& title)>;

/// "Call the session this."
struct change_title {
  cause by;
  bool is_admin = false;
  std::string title;
  title_condition expected{};
};

/// @returns title_changed; or not_found, or what `expected` refuses with.
result<std::vector<event>> decide(
    const session_state& state, const change_title& command,
    const session_outlook& coming);

/// "Hide the session from its owner." The record stays.
struct delete_session {
  cause by;
  bool is_admin = false;
  title_condition expected{};
};

/// @returns session_deleted, after generation_cancelled where a turn runs; or
///          not_found, or what `expected` refuses with.
result<std::vector<event>> decide(
    const session_state& state, const delete_session& command,
    const session_outlook& coming);

/// "Show me a turn, from here on."
struct follow_turn {
  cause by;
  /// An admin or an auditor.
  bool sees_all = false;
  /// nil: the one in which `after` lies, or the newest.
  turn_id turn{};
  /// The last version that the client has. nullopt: from the turn's start.
  std::optional<stream_version> after{};
};

/// @returns client_attached; nothing where nothing is left to be shown; or
///          not_found (the session or the turn), invalid_request (a version
///          that the stream does not have).
result<std::vector<event>> decide(
    const session_state& state, const follow_turn& command,
    const session_outlook& coming);

} // namespace hansard
