#include "http/upstream/openai/finish_reason.hpp"

#include "http/text/text.hpp"

#include <algorithm>
#include <array>

namespace hansard {

namespace {

struct entry {
  std::string_view reason;
  hansard::ending ending;
};

constexpr std::array table{
    entry{"stop", ending::complete},
    entry{"eos", ending::complete},
    entry{"eos_token", ending::complete},
    entry{"end_turn", ending::complete},
    entry{"stop_sequence", ending::complete},
    entry{"length", ending::length},
    entry{"max_tokens", ending::length},
    entry{"max_output_tokens", ending::length},
    entry{"model_length", ending::length},
    entry{"model_context_window_exceeded", ending::length},
    entry{"tool_calls", ending::tool_calls},
    entry{"tool_use", ending::tool_calls},
    entry{"function_call", ending::tool_calls},
    entry{"content_filter", ending::content_filter},
    entry{"safety", ending::content_filter},
    entry{"recitation", ending::content_filter},
    entry{"blocklist", ending::content_filter},
    entry{"prohibited_content", ending::content_filter},
    entry{"spii", ending::content_filter},
    entry{"image_safety", ending::content_filter},
    entry{"sensitive", ending::content_filter},
    entry{"refusal", ending::content_filter},
    entry{"guardrail_intervened", ending::content_filter},
    entry{"error", ending::failed},
    entry{"abort", ending::failed},
    entry{"network_error", ending::failed},
    entry{"insufficient_system_resource", ending::failed},
    entry{"malformed_function_call", ending::failed},
};

} // namespace

finish_meaning meaning_of_finish_reason(std::string_view reason) {
  const auto* found =
      std::find_if(table.begin(), table.end(), [&](const entry& e) {
        return equal_ignoring_case(e.reason, reason);
      });
  if (found == table.end())
    return {ending::complete, false};
  return {found->ending, true};
}

} // namespace hansard
