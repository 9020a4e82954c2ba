#pragma once

#include "actors/guardrails/cache.hpp"
#include "actors/messages.hpp"
#include "events/event.hpp"
#include "events/session/session_commands.hpp"

#include <cstdint>
#include <optional>
#include <vector>

/// What a turn begins with. Pure.
namespace hansard {

/// The command that decide() judges.
/// @param keep_messages `what` may be looked at once more.
start_turn order_of(begin_turn& what, bool keep_messages);

/// Adds to a turn's first events what its guardrails found in its messages.
/// @returns why the turn can't begin; `events` is then what there is to record
///          of that.
std::optional<error>
guard_input(const agent_guards& guards, std::vector<event>& events);

/// Bytes of all messages that the model will see, those of the history that
/// stay and the new ones, once `events` are recorded.
std::uint64_t
prompt_bytes(const session_state& state, const std::vector<event>& events);

/// The first attempt of a turn that begins with `events`.
generation_started first_attempt(
    const session_state& state, const begin_turn& what,
    const std::vector<event>& events);

} // namespace hansard
