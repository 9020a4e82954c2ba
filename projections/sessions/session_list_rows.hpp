#pragma once

#include "projections/rows/row.hpp"
#include "projections/rows/session_fold.hpp"
#include "projections/sessions/session_list.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// The rows of the session list:
///
///   01 | session id                                       -> session_row
///   02 | newest first                                     -> (empty)
///   03 | owner | newest first                             -> (empty)
///   04 | agent | newest first                             -> (empty)
///   05 | owner | agent | newest first                     -> (empty)
///   12 to 15                             as 02 to 05, of deleted sessions
///
/// "newest first": the inverted time of the last activity, then the inverted
/// session id. Names stand behind their length, so that no name's range can
/// begin with another's.
namespace hansard::detail {

inline constexpr std::string_view session_list_name = "session_list";
/// Raise when rows or keys change.
inline constexpr std::uint8_t session_list_format = 2;

struct session_row {
  std::uint64_t version = 0;
  std::string agent;
  std::string owner;
  std::string title;
  std::int64_t created_us = 0;
  std::int64_t updated_us = 0;
  std::uint32_t message_count = 0;
  std::uint8_t stage = 0;
  turn_id running_turn;
  /// The ending's value + 1; 0: no turn has ended.
  std::uint8_t last_ending = 0;
  bool deleted = false;

  bool operator==(const session_row&) const = default;
  turn_stage turn() const { return static_cast<turn_stage>(stage); }
  void set_turn(turn_stage value) { stage = static_cast<std::uint8_t>(value); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(version, agent, owner, title, created_us, updated_us);
    archive(message_count, stage, running_turn, last_ending, deleted);
  }
};

std::string session_row_key(const session_id& id);

/// The 24 bytes of "newest first".
std::string activity_key(std::int64_t updated_us, const session_id& id);
inline constexpr std::size_t activity_key_size = 24;
session_id session_of_activity_key(std::string_view key);

/// Where the index rows begin that a query visits; an empty name: any.
std::string
index_prefix(std::string_view owner, std::string_view agent, bool deleted);

/// The keys of the four index rows of a session.
std::array<std::string, 4>
index_keys(const session_row& row, const session_id& id);

session_summary summary_of(const session_id& id, session_row row);

} // namespace hansard::detail
