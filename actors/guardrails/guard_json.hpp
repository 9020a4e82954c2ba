#pragma once

#include "actors/guardrails/program.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// A JSON text with its strings and numbers guarded, one by one: an escape
/// hides nothing, and what is masked is JSON still.
struct guarded_json {
  /// The same bytes where nothing is masked.
  std::string shown;
  /// Offsets are in the string's text, or the number's digits.
  std::vector<guard_match> matches;
  bool masked = false;
  /// Some match blocks; all matches up to there are told.
  bool blocked = false;
};

/// @param json_text anything that is not JSON is guarded as it stands.
guarded_json
guard_json(const guard_program& program, std::string_view json_text);

} // namespace hansard
