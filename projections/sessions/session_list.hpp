#pragma once

#include "events/facts/generation_events.hpp"
#include "events/time.hpp"
#include "projections/lists/text_filter.hpp"
#include "projections/projection.hpp"
#include "projections/rows/row_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

/// One row of the session list.
struct session_summary {
  session_id id;
  std::string agent;
  std::string owner;
  std::string title;
  timestamp created_at;
  /// When the session was opened, a message was last received, a turn last
  /// ended, or the title changed: the newest.
  timestamp updated_at;
  /// Messages of the active history: those received and those generated. A
  /// running turn's message counts once the turn has ended.
  std::uint32_t message_count = 0;
  /// The running turn, if any; else nil.
  turn_id running_turn;
  /// How the newest turn ended, once one has.
  std::optional<ending> last_ending;
  /// Version of the stream's last event that changed this row.
  stream_version version;
  /// Hidden from its owner.
  bool deleted = false;

  bool operator==(const session_summary&) const = default;
};

/// Which sessions: of an agent, of an owner, or both, or all. Empty: any.
struct session_query {
  std::string agent;
  std::string owner;
  /// 1 to 200.
  std::size_t limit = 50;
  /// `next_cursor` of the page before; empty: from the start.
  std::string cursor{};
  /// The deleted ones, in place of the others.
  bool deleted = false;
  /// Looks at id and title; nullptr: all.
  std::shared_ptr<const text_filter> filter{};
};

/// Sessions that a page with a filter looks at, at most: it ends early then.
inline constexpr std::size_t max_sessions_looked_at = 5'000;

struct session_page {
  /// Newest activity first; equal times by id, newest first. A session with
  /// new activity between two pages moves to the front: it may be missed by
  /// the later page, never shown twice.
  std::vector<session_summary> sessions;
  /// Empty: that was the last page. With a filter a page may hold fewer than
  /// the limit, and not be the last.
  std::string next_cursor;
};

/// The fold. Rows: a summary per session, and index rows by owner and agent,
/// newest first.
std::unique_ptr<projection> make_session_list(row_store& rows);

/// Reads of it; any thread.
/// find(): not_found. list(): invalid_request for a cursor that is not one, or
/// a limit out of range.
class session_list_reader {
public:
  explicit session_list_reader(const row_store& rows) : rows_(&rows) {}

  result<session_summary> find(const session_id& id) const;
  result<session_page> list(const session_query& query) const;

private:
  const row_store* rows_;
};

} // namespace hansard
