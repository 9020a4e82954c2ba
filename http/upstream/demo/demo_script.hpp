#pragma once

#include "actors/llm_backend.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

/// One piece of a demo answer.
struct demo_token {
  token_channel channel = token_channel::answer;
  std::string text;
};

/// All that the demo model will do about one request.
struct demo_script {
  std::vector<demo_token> tokens;
  /// false: all tokens at once.
  bool paced = true;
  /// The first token is made to wait.
  bool slow = false;
  /// Set: the end is this failure, behind the tokens.
  std::optional<upstream_failure> failure;
  /// The end otherwise.
  upstream_finish finish;
};

inline constexpr std::size_t max_demo_tokens = 100'000;

/// Decides by the request alone: the same request, the same script. The last
/// user message may hold a word that the demo model obeys, see "demo:help".
demo_script make_demo_script(const upstream_request& request);

} // namespace hansard
