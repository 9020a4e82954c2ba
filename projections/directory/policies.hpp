#pragma once

#include "events/batch.hpp"
#include "events/facts/policy_events.hpp"
#include "events/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// One version of a policy.
struct policy_record {
  policy_ref ref;
  policy_spec spec;
  timestamp created_at;
  timestamp updated_at;
  /// Who set this version.
  std::string by;
};

/// A limit, and the policy that set it.
template <class T>
struct ruled {
  T value{};
  policy_ref from;
  /// Counts only turns with the agent that the policy is about.
  bool per_agent = false;

  bool operator==(const ruled&) const = default;
};

/// What all policies together say of one principal and one agent. The lists
/// hold one rule each of the policies that share a scope: all must agree.
struct effective_policy {
  std::optional<ruled<std::uint32_t>> requests_per_minute;
  std::optional<ruled<std::uint32_t>> requests_per_hour;
  std::optional<ruled<std::uint32_t>> concurrent_streams;
  std::optional<ruled<std::uint64_t>> tokens_per_day;
  std::optional<ruled<std::uint64_t>> tokens_per_month;
  std::optional<ruled<std::uint32_t>> input_chars;
  std::optional<ruled<std::uint32_t>> output_tokens;
  std::optional<ruled<std::uint32_t>> turn_seconds;
  std::vector<ruled<std::vector<std::string>>> models;
  std::vector<ruled<std::uint8_t>> roles;
  std::vector<ruled<active_hours>> hours;

  /// The policies that set any of it, each once, sorted.
  std::vector<policy_ref> sources() const;
};

/// Resolves. For each member on its own: a policy about the user goes before
/// those about their groups, these before the agent's, that before the global
/// one; of several groups' the strictest (the least number; both lists; both
/// hours). Pure.
/// @param global, agent, user nullptr: there is none.
effective_policy resolve(
    const policy_record* global, const policy_record* agent,
    std::span<const policy_record* const> groups, const policy_record* user);

/// The read model of policies, with every version there ever was. Not
/// thread-safe: access_directory keeps one behind its lock. A subject has one
/// policy at most; memory grows with the versions set, which takes an admin.
class policy_table {
public:
  policy_table();
  ~policy_table();

  void apply(timestamp at, const policy_set& e);
  void apply(timestamp at, const policy_removed& e);

  /// What is in force at `now` for somebody.
  effective_policy resolve_for(
      std::string_view user, std::span<const std::string> groups,
      std::string_view agent, timestamp now) const;

  /// Visits those that were in force at a moment, oldest policy first, behind
  /// `after`, until `visit` returns false: the newest versions set up to and at
  /// it, that were neither removed nor over then.
  /// @returns whether it was stopped.
  bool each_in_force(
      timestamp at, const std::optional<policy_id>& after,
      const std::function<bool(const policy_record&)>& visit) const;

  /// Of the groups that have a policy, the first whose name is behind `after`.
  /// nullptr: there is none.
  const policy_record* next_about_group(const std::string& after) const;

  /// The newest version, unless it was removed. Also one that is over.
  std::optional<policy_record> find(const policy_id& id) const;
  std::optional<policy_record>
  find(policy_scope scope, std::string_view subject) const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace hansard
