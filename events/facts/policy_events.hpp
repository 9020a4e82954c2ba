#pragma once

#include "events/facts/cause.hpp"
#include "events/ids.hpp"
#include "events/message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Policies: what those who may chat may not do. Facts of the control stream.
namespace hansard {

/// Whom a policy is about, from the least specific on: where several set the
/// same member, the last of them has its way. Persisted; do not change existing
/// values.
enum class policy_scope : std::uint8_t {
  global = 0,
  agent = 1,
  group = 2,
  user = 3,
};
std::string_view to_string(policy_scope value);
std::optional<policy_scope> policy_scope_from(std::string_view name);

/// When turns may begin: each of `days` from `from_minute` up to and without
/// `to_minute` of a clock that is `utc_offset_minutes` ahead of UTC. Where `to`
/// is not after `from`, the hours last until `to` of the next day.
struct active_hours {
  /// Bit 0: Monday, … bit 6: Sunday.
  std::uint8_t days = 0x7f;
  /// Of the day, 0 to 1439; `to_minute` to 1440.
  std::uint16_t from_minute = 0;
  std::uint16_t to_minute = 1440;
  /// -1439 to 1439.
  std::int16_t utc_offset_minutes = 0;

  bool operator==(const active_hours&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(days, from_minute, to_minute, utc_offset_minutes);
  }
};

/// The bit of a role in policy_rules::allowed_roles.
constexpr std::uint8_t role_bit(role r) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(r));
}

/// The limits of a policy; what is absent is not limited by it. All of them
/// are per principal; those of a policy about an agent count only turns with
/// that agent.
struct policy_rules {
  std::optional<std::uint32_t> max_requests_per_minute;
  std::optional<std::uint32_t> max_requests_per_hour;
  std::optional<std::uint32_t> max_concurrent_streams;
  /// Prompt and completion, of a UTC day and a UTC month.
  std::optional<std::uint64_t> max_tokens_per_day;
  std::optional<std::uint64_t> max_tokens_per_month;
  /// Characters of text in the messages of one request.
  std::optional<std::uint32_t> max_input_chars;
  std::optional<std::uint32_t> max_output_tokens;
  std::optional<std::uint32_t> max_turn_seconds;
  std::optional<std::vector<std::string>> allowed_models;
  /// Set of role_bit(): roles that a client's messages may have.
  std::optional<std::uint8_t> allowed_roles;
  std::optional<active_hours> hours;

  bool operator==(const policy_rules&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(
        max_requests_per_minute, max_requests_per_hour, max_concurrent_streams,
        max_tokens_per_day, max_tokens_per_month, max_input_chars,
        max_output_tokens, max_turn_seconds, allowed_models, allowed_roles,
        hours);
  }
};

/// A policy as somebody sets it.
struct policy_spec {
  policy_scope scope = policy_scope::global;
  /// DID of the agent or user, or the group's name; empty for `global`.
  std::string subject;
  policy_rules rules;
  /// Unix microseconds; 0: never. Over, it limits nothing.
  std::int64_t expires_us = 0;

  bool operator==(const policy_spec&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(scope, subject, rules, expires_us);
  }
};

/// A new policy, or the next version of one, in place of the last.
struct policy_set {
  static constexpr std::uint16_t type = 80;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "policy_set";

  policy_id id;
  /// From 1 for each policy.
  std::uint32_t version = 1;
  policy_spec spec;
  cause by;

  bool operator==(const policy_set&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, version, spec, by);
  }
};

struct policy_removed {
  static constexpr std::uint16_t type = 81;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "policy_removed";

  policy_id id;
  cause by;

  bool operator==(const policy_removed&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, by);
  }
};

} // namespace hansard
