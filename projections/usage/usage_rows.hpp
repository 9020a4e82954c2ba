#pragma once

#include "events/ids.hpp"
#include "projections/rows/row.hpp"
#include "projections/usage/counters.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The rows of the usage projection:
///
///   01 | session id                     -> usage_session_row
///   02 | month | user | agent | day     -> usage_day_row
///   03 | user | agent                   -> usage_recent_row
///
/// Names stand behind their length; an empty agent stands for all of them.
namespace hansard::detail {

inline constexpr std::string_view usage_name = "usage";
/// Raise when rows or keys change.
inline constexpr std::uint8_t usage_format = 1;

/// The turn of a session that runs.
struct usage_session_row {
  std::uint64_t version = 0;
  /// nil: none runs.
  turn_id turn;
  std::string user;
  std::string agent;
  std::int64_t admitted_us = 0;

  bool operator==(const usage_session_row&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(version, turn, user, agent, admitted_us);
  }
};

struct usage_day_row {
  std::uint64_t turns = 0;
  std::uint64_t prompt = 0;
  std::uint64_t completion = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(turns, prompt, completion);
  }
};

/// The slots of the two rate_windows.
struct usage_recent_row {
  rate_window::slots minute;
  rate_window::slots hour;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(minute, hour);
  }
};

std::string usage_session_key(const session_id& id);
std::string
usage_day_key(std::string_view user, std::string_view agent, std::int64_t day);
/// Of the rows of one month; with a user, of theirs.
std::string usage_month_prefix(std::int64_t month);
std::string usage_month_prefix(std::int64_t month, std::string_view user);
std::string usage_recent_key(std::string_view user, std::string_view agent);
inline constexpr std::string_view usage_recent_prefix = "\x03";

/// What a key of a day row, or of a recent row (day 0), names.
struct usage_key {
  std::string_view user;
  std::string_view agent;
  std::int64_t day = 0;
};
std::optional<usage_key> parse_usage_key(std::string_view key);

} // namespace hansard::detail
