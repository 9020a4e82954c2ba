#pragma once

#include "actors/guardrails/program.hpp"
#include "projections/directory/guardrails.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace hansard {

/// The rules of a turn, compiled.
struct agent_guards {
  /// nullptr: nothing to look for on that side.
  std::shared_ptr<const guard_program> input;
  std::shared_ptr<const guard_program> output;
  /// Rules that can't run.
  std::vector<guard_skip> skipped;
};

/// Compiles the rules in force when they are first needed after a change, once
/// for all turns with the same rules. Any thread.
class guard_cache {
public:
  explicit guard_cache(const guardrail_directory& rules) : rules_(rules) {}

  /// nullptr: no rule is for the turns of `who` with this agent. Where there is
  /// no rule at all that costs one atomic load.
  std::shared_ptr<const agent_guards>
  for_turn(std::string_view agent, const principal& who);

private:
  const guardrail_directory& rules_;
  std::mutex mutex_;
  std::uint64_t generation_ = 0;
  guardrail_list list_;
  /// By which of the rules they are.
  std::map<std::vector<bool>, std::shared_ptr<const agent_guards>> compiled_;
};

} // namespace hansard
