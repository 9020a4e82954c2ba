#include "actors/session/turn_start.hpp"

#include "actors/guardrails/turn_guard.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hansard {

namespace {

error refused_by(std::string_view what, const std::string& rule) {
  auto why = make_error(ec::guardrail, std::string(what));
  why.details.emplace_back("rule", rule);
  return why;
}

bool is_messages(const event& e) {
  return std::holds_alternative<messages_received>(e);
}

/// The messages among a turn's first events; nullptr: none are there.
const messages_received* messages_in(const std::vector<event>& events) {
  auto at = std::find_if(events.begin(), events.end(), is_messages);
  return at == events.end() ? nullptr : &std::get<messages_received>(*at);
}

} // namespace

start_turn order_of(begin_turn& what, bool keep_messages) {
  auto& command = what.command;
  start_turn order;
  order.messages =
      keep_messages ? command.messages : std::move(command.messages);
  order.agent = command.agent;
  order.by = cause{command.who.user, command.request};
  order.is_admin = command.who.role == user_role::admin;
  order.basis = what.basis;
  order.turn = what.turn;
  order.hint = command.history;
  order.policy = what.agent->spec.history;
  order.replace_from = command.replace_from;
  return order;
}

std::optional<error>
guard_input(const agent_guards& guards, std::vector<event>& events) {
  auto at = std::find_if(events.begin(), events.end(), is_messages);
  const auto& received = std::get<messages_received>(*at);
  std::optional<error> why;
  std::vector<event> found;
  for (const auto& skip : guards.skipped) {
    found.push_back(guardrail_skipped{
        received.turn, skip.name, skip.version, skip.required, skip.why});
    if (skip.required && !why)
      why = refused_by(
          "A guardrail that every message must pass can't run. Tell the "
          "server's operator.",
          skip.name);
  }
  if (guards.input && !why) {
    auto guarded = guard_messages(
        *guards.input, received.turn, received.keep, received.messages);
    std::move(
        guarded.events.begin(), guarded.events.end(),
        std::back_inserter(found));
    if (!guarded.blocked_by.empty())
      why = refused_by(
          "A guardrail refuses this message. Leave out what it must not hold.",
          guarded.blocked_by);
  }
  if (why)
    events = std::move(found);
  else
    events.insert(
        at + 1, std::make_move_iterator(found.begin()),
        std::make_move_iterator(found.end()));
  return why;
}

std::uint64_t
prompt_bytes(const session_state& state, const std::vector<event>& events) {
  const auto* received = messages_in(events);
  if (!received)
    return 0;
  std::uint64_t bytes = 0;
  auto keep = std::min<std::size_t>(received->keep, state.history.size());
  for (std::size_t i = 0; i < keep; ++i)
    bytes += state.history[i].content.size();
  for (const auto& m : received->messages)
    bytes += m.content.size();
  return bytes;
}

generation_started first_attempt(
    const session_state& state, const begin_turn& what,
    const std::vector<event>& events) {
  const auto& spec = what.agent->spec;
  generation_started first;
  first.turn = what.turn;
  first.attempt = 1;
  first.provider = spec.provider;
  first.model = spec.model;
  first.agent_version = what.agent->version.value;
  const auto* received = messages_in(events);
  if (!received)
    return first;
  auto seen =
      received->keep + static_cast<std::uint32_t>(received->messages.size());
  if (spec.partial_answers == partial_policy::hide)
    seen -= static_cast<std::uint32_t>(std::count_if(
        state.partial.begin(), state.partial.end(),
        [received](auto place) { return place < received->keep; }));
  first.prompt_messages = seen;
  return first;
}

} // namespace hansard
