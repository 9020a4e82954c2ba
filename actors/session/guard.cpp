#include "actors/guardrails/cache.hpp"
#include "actors/guardrails/turn_guard.hpp"
#include "actors/session/session.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

/// Guardrails in a session: its messages before a turn begins, its tokens
/// before they are recorded.
namespace hansard {

namespace {

error refused_by(std::string_view what, const std::string& rule) {
  auto why = make_error(ec::guardrail, std::string(what));
  why.details.emplace_back("rule", rule);
  return why;
}

} // namespace

std::optional<error> session_shell::guard_input(
    const agent_guards& guards, std::vector<event>& events) {
  auto at = std::find_if(events.begin(), events.end(), [](const event& e) {
    return std::holds_alternative<messages_received>(e);
  });
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

void session_shell::guard_then_start(
    const begin_turn_ptr& what, std::vector<event> events) {
  std::unique_ptr<turn_guard> guard;
  if (auto guards =
          rt->guards.for_turn(what->agent->spec.did, what->command.who)) {
    if (auto why = guard_input(*guards, events)) {
      refuse_by_guardrail(what, std::move(events), std::move(*why));
      return;
    }
    if (guards->output)
      guard = std::make_unique<turn_guard>(guards->output, what->turn);
  }
  start_turn_now(what, std::move(events), std::move(guard));
}

void session_shell::refuse_by_guardrail(
    const begin_turn_ptr& what, std::vector<event> found, error why) {
  const auto& command = what->command;
  turn_refused refused;
  refused.by = cause{command.who.user, command.request};
  refused.agent = command.agent;
  refused.code = to_string(why.code);
  refused.reason = why.message;
  refused.rule = "guardrail";
  if (!model->exists()) {
    // There is no session to record it in.
    turn_off(what, std::move(refused), std::move(why), std::move(found));
    return;
  }
  found.push_back(std::move(refused));
  rt->metrics.refused_turns.Increment();
  auto now = rt->clock();
  for (auto& e : found)
    pipeline->stage(now, std::move(e));
  pipeline->on_settled([what, why = std::move(why)](
                           const result<log_position>&) { what->answer(why); });
  flush();
}

bool session_shell::stage_tokens(const token_run& run) {
  if (turn->guard)
    return stage_guarded(turn->guard->push(run));
  pipeline->stage(run);
  return true;
}

bool session_shell::stage_guarded(
    turn_guard::step step, const token_usage& usage) {
  auto now = rt->clock();
  for (auto& e : step.events)
    pipeline->stage(now, std::move(e));
  if (!step.tokens.empty())
    pipeline->stage(step.tokens);
  for (auto& e : step.tool_calls)
    pipeline->stage(now, std::move(e));
  if (!step.blocked)
    return true;
  stage_ending(cut_by_guardrail(usage));
  return false;
}

generation_completed
session_shell::cut_by_guardrail(const token_usage& usage) const {
  generation_completed cut;
  cut.turn = turn->turn;
  cut.ending = ending::content_filter;
  cut.finish_reason = "guardrail";
  cut.usage = usage_or_estimate(usage);
  return cut;
}

void session_shell::close_guard(event& how) {
  auto step = turn->guard->finish();
  auto now = rt->clock();
  for (auto& e : step.events)
    pipeline->stage(now, std::move(e));
  if (!step.tokens.empty())
    pipeline->stage(step.tokens);
  for (auto& e : turn->guard->close())
    pipeline->stage(now, std::move(e));
  auto* completed = std::get_if<generation_completed>(&how);
  if (step.blocked && completed)
    how = cut_by_guardrail(completed->usage);
}

} // namespace hansard
