#pragma once

#include "events/facts/generation_events.hpp"
#include "events/facts/guardrail_events.hpp"
#include "events/facts/session_events.hpp"
#include "events/message.hpp"
#include "events/time.hpp"
#include "projections/projection.hpp"
#include "projections/rows/row_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

/// One message of a session's active history.
struct history_entry {
  /// From 0 within the active history.
  std::uint32_t index = 0;
  message body;
  /// Received messages: when. Generated ones: the time of the first answer
  /// token or tool call; of the ending, where there was neither.
  timestamp created_at;
  turn_id turn;
  /// Version of the event that holds it (messages_received), or that ended it
  /// (generated messages; 0 while the turn runs).
  stream_version version;
  /// Generated messages: how the generation ended; nullopt while it runs.
  std::optional<ending> end;
  /// Generated messages: the reasoning text, if the model showed one.
  std::string reasoning;

  // What guardrails changed; for auditors.
  /// Generated messages: the text, and the reasoning, as the model said them;
  /// nullopt: as they were shown.
  std::optional<std::string> said;
  std::optional<std::string> said_reasoning;
  /// Tool calls as the model said them, where they were shown otherwise.
  std::vector<tool_call_withheld> withheld_calls;
  /// Received messages: as they go to the model; nullopt: as they came.
  std::optional<message> sent;
};

struct history_page {
  std::vector<history_entry> messages;
  /// More messages follow.
  bool more = false;
};

/// A history that a client left, by replacing it from some message on.
struct history_branch {
  /// Its last turn, by which it is named.
  turn_id turn;
  std::uint32_t messages = 0;
  /// How many of them stand in the branch that came after it, too.
  std::uint32_t kept = 0;
};

/// The fold. A row says where in the log a message is; all that there is to
/// know of it stays in the log alone, so a message costs a few bytes here, and
/// what is read is what was recorded. A turn leaves a message by the rule of
/// leaves_message() (events/session_model.hpp).
std::unique_ptr<projection> make_message_history(row_store& rows);

/// Reads rows and, for the texts, the log; any thread.
class message_history_reader {
public:
  message_history_reader(const row_store& rows, const event_log& log)
      : rows_(&rows),
        log_(&log) {}

  /// Messages from index `from` on, at most `limit` (0: all). While a turn runs
  /// and has said something, its message is the last one, with what is recorded
  /// of it. A session that is not there has no messages.
  /// @returns corrupt: the log does not hold what the rows say (details:
  ///          `table`), a rebuild helps.
  /// @param branch its last turn; nil, or the session's newest: the active one.
  /// @returns not_found: there is no such branch.
  result<history_page> read(
      const session_id& id, std::uint32_t from = 0, std::size_t limit = 0,
      const turn_id& branch = {}) const;

  /// The branches that were left, newest first, at most `limit`.
  result<std::vector<history_branch>>
  branches(const session_id& id, std::size_t limit) const;

private:
  const row_store* rows_;
  const event_log* log_;
};

} // namespace hansard
