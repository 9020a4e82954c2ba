#pragma once

#include "actors/guardrails/filter.hpp"
#include "events/event.hpp"
#include "events/facts/generation_events.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Guardrails in the words of a session: what they find, as events.
namespace hansard {

/// Turns hits into events. Each is recorded by itself up to a number of them;
/// further ones of a rule in the same place are counted into one.
class hit_recorder {
public:
  hit_recorder(const guard_program& program, turn_id turn)
      : program_(&program),
        turn_(turn) {}

  void record(const guard_hit& hit, std::vector<event>& events);
  /// The counts; nothing follows.
  void finish(std::vector<event>& events);

  /// Of one rule in one place, in one turn.
  static constexpr std::uint32_t max_single = 32;

private:
  const guard_program* program_;
  turn_id turn_;
  struct count {
    std::uint32_t single = 0;
    guardrail_matched rest;
  };
  std::map<std::pair<std::size_t, guard_place>, count> counts_;
};

/// What guardrails say of a turn's messages.
struct guarded_messages {
  /// guardrail_matched and prompt_masked.
  std::vector<event> events;
  /// The rule that refuses the turn; empty: none does.
  std::string blocked_by;
};

/// Guards content, tool calls and names of `messages`.
/// @param keep messages of the active history that stay before them.
guarded_messages guard_messages(
    const guard_program& program, turn_id turn, std::uint32_t keep,
    std::span<const message> messages);

/// The guardrails of one turn's answer.
class turn_guard {
public:
  turn_guard(std::shared_ptr<const guard_program> program, turn_id turn);

  /// What is to be recorded, in this order.
  struct step {
    std::vector<event> events;
    token_run tokens;
    std::vector<event> tool_calls;
    /// The answer ends here as content_filter.
    bool blocked = false;
  };
  step push(const token_run& run);
  /// The texts end; tool calls may follow.
  step finish();
  step take(std::vector<tool_call_generated> calls);
  /// Nothing follows. @returns what is left to be recorded.
  std::vector<event> close();

  bool blocked() const { return blocked_; }

private:
  step to_step(filtered_tokens filtered);
  bool guard_call(tool_call_generated& call, std::vector<event>& events);

  guard_filter filter_;
  hit_recorder recorder_;
  bool blocked_ = false;
  bool finished_ = false;
};

} // namespace hansard
