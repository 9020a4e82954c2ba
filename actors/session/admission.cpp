#include "actors/admission/turn_admission.hpp"
#include "actors/session/session.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

/// Bytes of the messages that the model will see: those of the history that
/// stay, and the new ones.
std::uint64_t
prompt_bytes(const session_state& model, const messages_received& received) {
  std::uint64_t bytes = 0;
  auto keep = std::min<std::size_t>(received.keep, model.history.size());
  for (std::size_t i = 0; i < keep; ++i)
    bytes += model.history[i].content.size();
  for (const auto& m : received.messages)
    bytes += m.content.size();
  return bytes;
}

} // namespace

bool session_shell::may_change(const principal& who) const {
  return !hidden && may_touch(*model, who.user, who.role == user_role::admin);
}

void session_shell::turn_off(
    const begin_turn_ptr& what, turn_refused refused, error why,
    std::vector<event> before) {
  auto away = std::make_shared<turn_away>();
  away->before = std::move(before);
  away->what = std::move(refused);
  away->why = std::move(why);
  away->answer = what->answer;
  self->send(rt->services.gatekeeper(), turn_away_ptr(std::move(away)));
  // An id that names no session must not hold memory.
  if (!model->exists())
    consider_leaving();
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
  std::uint64_t bytes = 0;
  turn_admitted* admitted = nullptr;
  for (auto& e : events) {
    if (const auto* received = std::get_if<messages_received>(&e))
      bytes = prompt_bytes(*model, *received);
    if (auto* found = std::get_if<turn_admitted>(&e))
      admitted = found;
  }
  auto fitted = what->admission->fit(bytes);
  if (fitted.refused) {
    turn_off(
        what, refusal_event(what->command, fitted, what->admission->policies()),
        to_error(fitted));
    return false;
  }
  what->agent = what->admission->agent();
  if (admitted)
    admitted->terms = what->admission->terms();
  return true;
}

void session_shell::hide(const hide_session_ptr& what) {
  ++handled;
  when_ready([this, what](const error* why) {
    if (why)
      what->answer(*why);
    else
      hide_now(what);
  });
}

void session_shell::hide_now(const hide_session_ptr& what) {
  if (!may_change(what->who)) {
    what->answer(no_such_session());
    return;
  }
  auto met = what->expected.check(tag_of_title(newest_title()));
  if (!met) {
    what->answer(met.error());
    return;
  }
  hidden = true;
  cause by{what->who.user, what->request};
  if (turn && !turn->ending_staged)
    cancel_turn(by, "the session was deleted");
  pipeline->stage(rt->clock(), session_deleted{by});
  pipeline->on_settled([what](const result<log_position>& outcome) {
    if (outcome)
      what->answer(std::monostate{});
    else
      what->answer(outcome.error());
  });
  flush();
}

} // namespace hansard
