#pragma once

#include "projections/message_history.hpp"
#include "projections/row.hpp"
#include "projections/session_fold.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The rows of the message history:
///
///   session id                  -> history_head
///   session id | index (u32)    -> history_row
///
/// A message that is being generated has no row of its own yet: it is in the
/// head, and stands behind the last row.
namespace hansard::detail {

inline constexpr std::string_view message_history_name = "message_history";
/// Raise when rows or keys change.
inline constexpr std::uint8_t message_history_format = 1;

struct history_head {
  std::uint64_t version = 0;
  /// Rows of the active history.
  std::uint32_t count = 0;
  std::uint8_t stage = 0;
  /// Of the running turn.
  turn_id running_turn;
  /// Version of the running turn's first token or tool call; 0: none yet.
  std::uint64_t output_from = 0;

  bool operator==(const history_head&) const = default;
  turn_stage turn() const { return static_cast<turn_stage>(stage); }
  void set_turn(turn_stage value) { stage = static_cast<std::uint8_t>(value); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(version, count, stage, running_turn, output_from);
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

inline std::string history_head_key(const session_id& id) {
  std::string key;
  append_id(key, id);
  return key;
}

inline std::string history_row_key(const session_id& id, std::uint32_t index) {
  auto key = history_head_key(id);
  append_big(key, index);
  return key;
}

} // namespace hansard::detail
