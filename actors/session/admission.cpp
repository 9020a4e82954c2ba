#include "actors/admission/turn_admission.hpp"
#include "actors/session/session.hpp"
#include "actors/session/turn_start.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

/// Turns that their session turns away.
namespace hansard {

void session_shell::turn_off(
    const begin_turn_ptr& what, turn_refused refused, error why,
    std::vector<event> before) {
  auto away = std::make_shared<turn_away>();
  away->before = std::move(before);
  away->what = std::move(refused);
  away->why = std::move(why);
  away->answer = what->answer;
  self->send(rt->services.gatekeeper(), turn_away_ptr(std::move(away)));
  leave_if_unknown();
}

bool session_shell::reserve(const begin_turn_ptr& what) {
  if (what->admission)
    return true;
  auto asked = turn_admission::ask(rt, what->turn, what->command, what->agent);
  if (asked.refused) {
    turn_off(what, asked.event(what->command), to_error(*asked.refused));
    return false;
  }
  what->admission = std::move(asked.admission);
  what->agent = what->admission->agent();
  return true;
}

bool session_shell::fit_to_budgets(
    const begin_turn_ptr& what, std::vector<event>& events) {
  auto fitted = what->admission->fit(prompt_bytes(*model, events));
  if (fitted.refused) {
    turn_off(
        what, refusal_event(what->command, fitted, what->admission->policies()),
        to_error(fitted));
    return false;
  }
  what->agent = what->admission->agent();
  for (auto& e : events)
    if (auto* admitted = std::get_if<turn_admitted>(&e))
      admitted->terms = what->admission->terms();
  return true;
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
  record(std::move(found));
  pipeline->on_settled([what, why = std::move(why)](
                           const result<log_position>&) { what->answer(why); });
  flush();
}

} // namespace hansard
