#pragma once

#include "events/facts/generation_events.hpp"
#include "events/ids.hpp"
#include "events/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The facts of guardrails: rules on the control stream, what they found in
/// session streams. What a rule found is told by its place, never by its text.
namespace hansard {

/// What happens to a match. Persisted; do not change existing values.
enum class guard_action : std::uint8_t {
  /// It is recorded.
  flag = 0,
  /// … and another text takes its place.
  mask = 1,
  /// … and the request, or the answer, ends there.
  block = 2,
};
std::string_view to_string(guard_action value);

/// What a rule looks at. Persisted; do not change existing values.
enum class guard_side : std::uint8_t { input = 0, output = 1, both = 2 };
std::string_view to_string(guard_side value);

/// Where something was found. Persisted; do not change existing values.
enum class guard_place : std::uint8_t {
  /// A received message.
  input = 0,
  /// The answer's text.
  answer = 1,
  /// The text of the reasoning.
  reasoning = 2,
  /// The arguments of a tool call, or its function's name.
  tool_call = 3,
};
std::string_view to_string(guard_place value);

/// A rule: what to look for, where, and what to do about it.
struct guardrail_spec {
  /// Unique among the rules; printable, at most 64 bytes.
  std::string name;
  /// Names of built-in detectors.
  std::vector<std::string> detectors;
  /// RE2 patterns.
  std::vector<std::string> patterns;
  guard_side on = guard_side::both;
  guard_action action = guard_action::flag;
  /// A rule that can't run refuses the turn.
  bool required = false;
  /// DIDs of the agents that it is for; empty: all.
  std::vector<std::string> agents;
  /// Takes the place of a match; empty: the name in square brackets.
  std::string mask;
  /// Bytes of the longest match of a pattern that has no bound of its own; 0:
  /// default_longest_match.
  std::uint32_t longest = 0;
  /// DIDs of users, and groups of theirs, whose turns it is for; both empty:
  /// everybody's.
  std::vector<std::string> users{};
  std::vector<std::string> groups{};

  bool operator==(const guardrail_spec&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    serialize_v1(archive);
    archive(users, groups);
  }
  /// Schema 1.
  template <class Archive>
  void serialize_v1(Archive& archive) {
    archive(name, detectors, patterns, on, action, required, agents, mask);
    archive(longest);
  }
};

/// The whole rule, new or in place of the one of its name.
struct guardrail_set {
  static constexpr std::uint16_t type = 90;
  /// 2: `users` and `groups`.
  static constexpr std::uint16_t schema = 2;
  static constexpr std::string_view name = "guardrail_set";

  guardrail_spec rule;
  cause by;

  bool operator==(const guardrail_set&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(rule, by);
  }
};

struct guardrail_removed {
  static constexpr std::uint16_t type = 91;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "guardrail_removed";

  std::string rule;
  cause by;

  bool operator==(const guardrail_removed&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(rule, by);
  }
};

/// A rule found something and did what it is for. In a session's stream, or on
/// the access stream where the request began no session.
struct guardrail_matched {
  static constexpr std::uint16_t type = 20;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "guardrail_matched";

  turn_id turn;
  std::string rule;
  /// Version on the control stream of the rule as it was.
  std::uint64_t rule_version = 0;
  guard_action action = guard_action::flag;
  guard_place place = guard_place::input;
  /// Input: of the message in the active history, from 0; on the access
  /// stream: in the request. Tool calls: of the call. Else 0.
  std::uint32_t index = 0;
  /// Bytes, of the text that the model said in this place during the turn. Of
  /// input and tool calls: of the JSON string's text that it was found in.
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  /// More than 1: this many that were not recorded one by one, because the
  /// turn had too many; the place is that of the first.
  std::uint32_t count = 1;

  bool operator==(const guardrail_matched&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, rule, rule_version, action, place, index, offset, length);
    archive(count);
  }
};

/// A rule in force could not run. The turn was refused if it was required.
struct guardrail_skipped {
  static constexpr std::uint16_t type = 21;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "guardrail_skipped";

  turn_id turn;
  std::string rule;
  std::uint64_t rule_version = 0;
  bool required = false;
  std::string why;

  bool operator==(const guardrail_skipped&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, rule, rule_version, required, why);
  }
};

/// A received message goes to the model in another form, in this turn and in
/// those that follow.
struct prompt_masked {
  static constexpr std::uint16_t type = 22;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "prompt_masked";

  turn_id turn;
  /// Of the message in the active history, from 0.
  std::uint32_t index = 0;
  /// As it goes to the model.
  message sent;

  bool operator==(const prompt_masked&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, index, sent);
  }
};

/// A tool call as the model said it, where that is not what was shown: its
/// tool_call_generated follows with what was, or nothing was shown.
struct tool_call_withheld {
  static constexpr std::uint16_t type = 23;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "tool_call_withheld";

  turn_id turn;
  std::uint32_t index = 0;
  std::string id;
  std::string function;
  std::string arguments;

  bool operator==(const tool_call_withheld&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, index, id, function, arguments);
  }
};

/// Of a pattern that says nothing else.
inline constexpr std::uint32_t default_longest_match = 256;
/// The most that a rule may state.
inline constexpr std::uint32_t max_longest_match = 4096;

} // namespace hansard
