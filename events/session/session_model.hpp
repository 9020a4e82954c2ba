#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"
#include "events/event.hpp"
#include "events/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The write model of a session: pure functions. decide() turns a command into
/// events or a refusal (session_commands.hpp), apply() folds recorded events
/// into the state. The session actor is a thin shell around them.
namespace hansard {

/// A turn that has been admitted and has not ended.
struct open_turn {
  turn_id turn;
  cause by;
  timestamp started_at;
  /// Everything the turn generates has a greater version.
  stream_version after;
  /// The last generation_started; 0: none yet.
  std::uint32_t attempt = 0;
  std::string answer;
  std::uint64_t tokens = 0;
  std::vector<tool_call_generated> tool_calls;
};

/// Where a turn lies in its session's stream.
struct turn_span {
  turn_id turn;
  /// Everything the turn generates has a greater version.
  stream_version after;
  /// Version of its ending; 0 while it is open.
  stream_version end;
  /// Where its messages begin in the history, as it was then.
  std::uint32_t first = 0;
  /// How many messages came with it; what it generated stands behind them.
  std::uint32_t received = 0;
  /// False: the history was replaced from its first message on, or before.
  bool active = true;

  bool operator==(const turn_span&) const = default;
};

struct session_state {
  stream_version version;
  std::string agent;
  std::string owner;
  std::string title;
  /// The active branch.
  std::vector<message> history;
  /// Places in `history` of answers that were cut, ascending.
  std::vector<std::uint32_t> partial;
  /// Messages of `history` that go to the model in another form, by their
  /// place in it, in order.
  std::vector<std::pair<std::uint32_t, message>> masked;
  std::optional<open_turn> turn;
  /// Every turn, oldest first.
  std::vector<turn_span> turns;
  /// Messages that the turn brings that is about to be admitted.
  std::uint32_t last_received = 0;
  bool deleted = false;

  bool exists() const { return version.value != 0; }
};

/// Folds a recorded batch. Can't fail; what it does not know changes nothing
/// but the version. @pre batch.first_version == state.version + 1.
void apply(session_state& state, const event_batch& batch);

/// The messages that the model is to see: the active branch, in the form in
/// which guardrails let them go, without the answers that were cut where the
/// agent hides them, made valid by valid_prompt().
std::vector<message> prompt_of(const session_state& state, partial_policy cut);

/// The span of a turn; nullptr: the session has no such turn.
const turn_span* find_turn(const session_state& state, const turn_id& turn);

/// True for the ends of an answer that is not whole.
bool cuts_answer(ending end);

/// True if `principal` may change the session. Nobody changes one that is
/// deleted.
bool may_touch(
    const session_state& state, std::string_view principal, bool is_admin);

/// True if `principal` may see the session. `sees_all`: an admin or an auditor,
/// to whom deleted ones are shown too.
bool may_read(
    const session_state& state, std::string_view principal, bool sees_all);

/// The refusal that hides whether a session exists.
error no_such_session();

/// The assistant message that an ended turn leaves in the history. nullopt: it
/// leaves none, because it produced nothing and did not complete.
std::optional<message> generated_message(const open_turn& turn, ending end);

/// The rule of generated_message() for those who have not the text: a turn
/// leaves a message if an answer token or a tool call was recorded in it, or it
/// ended as complete, length, tool_calls or content_filter.
bool leaves_message(bool has_output, ending end);

} // namespace hansard
