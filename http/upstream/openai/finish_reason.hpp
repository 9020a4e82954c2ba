#pragma once

#include "events/facts/generation_events.hpp"

#include <string_view>

namespace hansard {

/// What a provider's finish reason means.
struct finish_meaning {
  /// complete, length, tool_calls, content_filter; failed: the model server
  /// gave up, and what it sent is no answer.
  hansard::ending ending = ending::complete;
  /// False: no provider that Hansard knows says so; it counts as complete, and
  /// an operator should be told.
  bool known = true;
};

/// Reads `finish_reason` as OpenAI-compatible servers write it: OpenAI's own
/// words, and those of the servers behind the gateways (Anthropic, Google,
/// Mistral, DeepSeek, Zhipu, vLLM), in any case.
finish_meaning meaning_of_finish_reason(std::string_view reason);

} // namespace hansard
