#pragma once

#include "events/message.hpp"

#include <vector>

namespace hansard {

/// Makes of a conversation one that model servers which check it take, whatever
/// the record holds; the record stays as it is. Pure.
///  - An assistant message that holds nothing is left out.
///  - A tool call whose arguments are not JSON is left out; none at all are {}.
///  - A tool call that nobody answered before the conversation went on is
///    answered: it was not executed.
///  - A tool's answer that nobody called for is a user's message.
///  - Messages of one role in a row, user or assistant, are joined, where
///    neither has tool calls and both have the same `name`.
std::vector<message> valid_prompt(std::vector<message> conversation);

} // namespace hansard
