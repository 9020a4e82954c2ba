#include "actors/admission/turn_admission.hpp"
#include "actors/model/llm_worker.hpp"
#include "actors/session/session.hpp"
#include "actors/session/turn_start.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

/// How turns begin: at once, after others, or in place of the running one.
namespace hansard {

void session_shell::begin(const begin_turn_ptr& what) {
  const auto& who = what->command.who;
  if (what->command.session
      && (hidden
          || !may_touch(*model, who.user, who.role == user_role::admin))) {
    what->answer(no_such_session());
    leave_if_unknown();
    return;
  }
  if (follows_same_request(what))
    return;
  if (rt->draining || ending) {
    // The gatekeeper let it through just before.
    what->answer(going_down());
    return;
  }
  if (!reserve(what))
    return;
  auto events = decide(*model, order_of(*what, turn.has_value()), outlook());
  if (events) {
    guard_then_start(what, std::move(*events));
  } else if (turn && events.error().code == ec::turn_running) {
    meet_running_turn(what);
  } else {
    what->answer(events.error());
    leave_if_unknown();
  }
}

/// A request that was sent again: it gets the turn of the first one.
bool session_shell::follows_same_request(const begin_turn_ptr& what) {
  if (const auto* span = find_turn(*model, what->turn)) {
    what->answer(turn_ticket{id, what->turn, span->after, true});
    return true;
  }
  if (!turn || turn->id() != what->turn)
    return false;
  pipeline->on_settled([this, what](const result<log_position>& outcome) {
    const auto* span = find_turn(*model, what->turn);
    if (outcome && span)
      what->answer(turn_ticket{id, what->turn, span->after, true});
    else if (!outcome)
      what->answer(outcome.error());
  });
  return true;
}

void session_shell::meet_running_turn(const begin_turn_ptr& what) {
  if (what->command.on_busy != busy_policy::refuse && !queue.full()) {
    queue.add(what);
    self->delayed_send(self, rt->options.queue_patience, queue_due{what->turn});
    if (what->command.on_busy == busy_policy::interrupt && !turn->ends())
      interrupt_for(*what);
    return;
  }
  auto busy = make_error(
      ec::turn_running,
      queue.full()
          ? "The session is still answering, and as many messages wait as may. "
            "Try again when some of them are answered."
          : "The session is still answering. Wait for the end of that turn, "
            "stop it, or say onBusy: queue or interrupt.");
  busy.details.emplace_back("turnId", turn->id().to_string());
  what->answer(busy);
}

void session_shell::interrupt_for(const begin_turn& next) {
  const auto& command = next.command;
  end_turn(turn->cancelled(
      cause{command.who.user, command.request}, "interrupted by a message"));
}

void session_shell::begin_next() {
  while (!turn && !queue.empty())
    begin(queue.next());
  if (!turn)
    return;
  // Those of the same request begin together.
  while (auto same = queue.take(turn->id()))
    follows_same_request(same);
  // What interrupts does not wait for what interrupted before it.
  if (auto next = queue.interrupter(); next && !turn->ends())
    interrupt_for(*next);
}

void session_shell::stop_waiting(const turn_id& which) {
  auto what = queue.take(which);
  if (!what)
    return;
  auto busy = make_error(
      ec::turn_running,
      "The session went on answering for as long as a message may wait. Try "
      "again, or stop that turn.");
  if (turn)
    busy.details.emplace_back("turnId", turn->id().to_string());
  what->answer(busy);
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

void session_shell::start_turn_now(
    const begin_turn_ptr& what, std::vector<event> events,
    std::unique_ptr<turn_guard> guard) {
  if (!fit_to_budgets(what, events))
    return;
  auto first = first_attempt(*model, *what, events);
  events.push_back(first);
  record(std::move(events));
  turn.emplace(*what, std::move(guard), *model);
  clients.forget();
  pipeline->on_settled(
      [this, what, first](const result<log_position>& outcome) {
        if (!outcome) {
          what->answer(outcome.error());
          return;
        }
        what->answer(turn_ticket{
            id, first.turn, model->turns.back().after, false,
            what->admission->headers()});
        run_worker(first);
      });
  flush();
}

void session_shell::run_worker(const generation_started& first) {
  if (!takes(first.turn))
    return;
  auto begin = std::make_shared<llm_worker_start>();
  begin->first = first;
  begin->owner = caf::actor_cast<session_actor>(self);
  begin->request = turn->request(id);
  turn->worker = self->spawn(llm_worker, rt, begin);
  self->monitor(turn->worker);
  watch_time(
      first.turn, self->clock().now()
                      + std::chrono::milliseconds{turn->agent().max_turn_ms});
  if (turn->agent().on_disconnect == disconnect_policy::cancel)
    self->delayed_send(
        self, std::chrono::milliseconds{turn->agent().disconnect_grace_ms},
        check_abandoned{first.turn, clients.departures()});
}

/// By the steady clock, and whether or not anything comes: a model server that
/// sends nothing but comments holds no turn open, and a clock that is set cuts
/// none short. Looked at now and then, so that a turn which ends early leaves
/// no message behind for long.
void session_shell::watch_time(
    const turn_id& which, std::chrono::steady_clock::time_point until) {
  if (!takes(which))
    return;
  const auto left = until - self->clock().now();
  if (left <= left.zero()) {
    end_turn(turn->over_time());
    return;
  }
  constexpr std::chrono::seconds longest{30};
  self->delayed_send(
      self, std::min<std::chrono::steady_clock::duration>(left, longest),
      time_due{which, until});
}

} // namespace hansard
