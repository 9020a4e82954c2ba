#pragma once

#include "events/error.hpp"
#include "projections/directory/guardrails.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// A rule of a program, without what it looks for.
struct guard_rule {
  std::string name;
  std::uint64_t version = 0;
  guard_action action = guard_action::flag;
  /// Takes the place of a match.
  std::string mask;
};

/// A rule that could not be compiled.
struct guard_skip {
  std::string name;
  std::uint64_t version = 0;
  bool required = false;
  std::string why;
};

/// A match: bytes [offset, offset + length) of a text.
struct guard_match {
  /// Place in guard_program::rules().
  std::size_t rule = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;

  bool operator==(const guard_match&) const = default;
};

/// Rules, compiled: immutable, shared by all who filter with it, any thread.
///
/// What matches is a function of the text alone. Each pattern of a rule is
/// looked for by itself, from left to right: at the first place where it
/// matches, its longest match of at most `longest` bytes counts (and where a
/// detector's check refuses that, the next place is tried); then on from
/// behind it. Time is linear in the text, RE2's promise; a pattern without a
/// bound can cost `longest` times that, where many of its matches are too long.
class guard_program {
public:
  struct impl;

  /// Compiles those of `rules` that look at `side` (input or output).
  /// @param skipped gets those that could not be.
  /// @returns nullptr where there is nothing to look for.
  static std::shared_ptr<const guard_program> compile(
      const std::vector<guardrail_record>& rules, guard_side side,
      std::vector<guard_skip>& skipped);

  explicit guard_program(std::unique_ptr<impl> parts);
  ~guard_program();

  const std::vector<guard_rule>& rules() const;
  /// The longest match that there can be, bytes.
  std::size_t longest() const;

  /// All matches of a whole text, by offset, then by rule.
  std::vector<guard_match> find_all(std::string_view text) const;

  const impl& parts() const { return *impl_; }

private:
  std::unique_ptr<impl> impl_;
};

/// Whether a rule can be set: its members' limits, its detectors' names, its
/// patterns' syntax and size. @returns invalid_request, naming the member.
result<void> check_rule(const guardrail_spec& rule);

/// `text` as it is shown: up to the first match that blocks, the masks in
/// place of what they mask.
struct guarded_text {
  std::string shown;
  std::vector<guard_match> matches;
  /// Of `matches`, the one that blocks: the last.
  bool blocked = false;
  bool masked = false;
};
guarded_text guard_text(const guard_program& program, std::string_view text);

// Limits of a rule; a longer one is refused.
inline constexpr std::size_t max_guard_name_bytes = 64;
inline constexpr std::size_t max_guard_patterns = 32;
inline constexpr std::size_t max_guard_pattern_bytes = 1024;
inline constexpr std::size_t max_guard_mask_bytes = 64;
inline constexpr std::size_t max_guard_agents = 256;
/// RE2's instructions, for a pattern and for its prefixes.
inline constexpr int max_guard_instructions = 20'000;

} // namespace hansard
