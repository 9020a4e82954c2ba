#pragma once

#include "projections/history/message_history.hpp"
#include "projections/rows/row.hpp"
#include "projections/rows/session_fold.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The rows of the message history:
///
///   session id                              -> history_head
///   session id | index (u32) | branch (u32) -> history_row
///   session id | ff ff ff ff | branch (u32) -> branch_row
///
/// Branches are numbered in the order in which they were begun, and a row has
/// the number of the branch on which it was written. Rows are never changed:
/// the message of branch b at an index is the row there with the greatest
/// number that is not above b, since what was written under a smaller number
/// and is hidden by another was left before b began.
///
/// A message that is being generated has no row of its own yet: it is in the
/// head, and stands behind the last row.
namespace hansard::detail {

inline constexpr std::string_view message_history_name = "message_history";
/// Raise when rows or keys change.
inline constexpr std::uint8_t message_history_format = 2;

struct history_head {
  std::uint64_t version = 0;
  /// Rows of the active history.
  std::uint32_t count = 0;
  std::uint8_t stage = 0;
  /// Of the running turn.
  turn_id running_turn;
  /// Version of the running turn's first token or tool call; 0: none yet.
  std::uint64_t output_from = 0;
  /// Number of the active branch; those below were left.
  std::uint32_t branch = 0;
  /// The newest.
  turn_id last_turn;

  bool operator==(const history_head&) const = default;
  turn_stage turn() const { return static_cast<turn_stage>(stage); }
  void set_turn(turn_stage value) { stage = static_cast<std::uint8_t>(value); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(
        version, count, stage, running_turn, output_from, branch, last_turn);
  }
};

/// Where in the log a message is.
struct history_row {
  /// Of the messages_received that brought it, or of the event that ended its
  /// generation.
  std::uint64_t version = 0;
  bool generated = false;
  /// Received: place among the event's messages. Generated: how many versions
  /// before `version` its first token or tool call is; 0: it has none.
  std::uint64_t offset = 0;

  bool operator==(const history_row&) const = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(version, generated, offset);
  }
};

/// A branch that was left.
struct branch_row {
  /// Its messages.
  std::uint32_t count = 0;
  /// Its last turn, by which it is named.
  turn_id tip;
  /// How many of its messages the branch after it kept.
  std::uint32_t kept = 0;

  bool operator==(const branch_row&) const = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(count, tip, kept);
  }
};

/// No history is as long.
inline constexpr std::uint32_t branch_rows_index = 0xffff'ffff;

inline std::string history_head_key(const session_id& id) {
  std::string key;
  append_id(key, id);
  return key;
}

/// What begins the keys of an index.
inline std::string
history_index_key(const session_id& id, std::uint32_t index) {
  auto key = history_head_key(id);
  append_big(key, index);
  return key;
}

inline std::string history_row_key(
    const session_id& id, std::uint32_t index, std::uint32_t branch) {
  auto key = history_index_key(id, index);
  append_big(key, branch);
  return key;
}

inline std::string branch_key(const session_id& id, std::uint32_t branch) {
  return history_row_key(id, branch_rows_index, branch);
}

} // namespace hansard::detail
