#include "actors/admission/turn_admission.hpp"
#include "actors/model/llm_worker.hpp"
#include "actors/session/session.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

/// How turns begin: at once, after others, or in place of the running one.
namespace hansard {

namespace {

/// @param keep_messages the command may be looked at once more.
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

/// Of what the events leave in the history, how much the model will see.
std::uint32_t prompt_messages(
    const session_state& state, const messages_received& received,
    partial_policy cut) {
  auto count =
      received.keep + static_cast<std::uint32_t>(received.messages.size());
  if (cut == partial_policy::hide)
    count -= static_cast<std::uint32_t>(std::count_if(
        state.partial.begin(), state.partial.end(),
        [&received](auto place) { return place < received.keep; }));
  return count;
}

} // namespace

void session_shell::begin(const begin_turn_ptr& what) {
  ++handled;
  when_ready([this, what](const error* why) {
    if (why)
      what->answer(*why);
    else
      begin_now(what);
  });
}

void session_shell::begin_now(const begin_turn_ptr& what) {
  const auto& command = what->command;
  if (command.session && !may_change(command.who)) {
    what->answer(no_such_session());
    // An id that names no session must not hold memory.
    if (!model->exists())
      consider_leaving();
    return;
  }
  if (follows_same_request(what))
    return;
  if (rt->draining) {
    // The gatekeeper let it through just before.
    what->answer(going_down());
    return;
  }
  if (!reserve(what))
    return;
  auto events = decide(*model, order_of(*what, turn.has_value()));
  // A turn that is not durable yet is unknown to decide().
  bool busy =
      events ? turn.has_value() : events.error().code == ec::turn_running;
  if (busy) {
    meet_running_turn(what);
  } else if (!events) {
    what->answer(events.error());
    if (!model->exists())
      consider_leaving();
  } else {
    guard_then_start(what, std::move(*events));
  }
}

/// A request that was sent again: it gets the turn of the first one.
bool session_shell::follows_same_request(const begin_turn_ptr& what) {
  if (const auto* span = find_turn(*model, what->turn)) {
    what->answer(turn_ticket{id, what->turn, span->after, true});
    return true;
  }
  if (!turn || turn->turn != what->turn)
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
  const auto& command = what->command;
  if (command.on_busy != busy_policy::refuse && queue.size() < max_queued) {
    enqueue(what);
    return;
  }
  auto busy = make_error(
      ec::turn_running,
      queue.size() >= max_queued
          ? "The session is still answering, and as many messages wait as may. "
            "Try again when some of them are answered."
          : "The session is still answering. Wait for the end of that turn, "
            "stop it, or say onBusy: queue or interrupt.");
  busy.details.emplace_back("turnId", turn->turn.to_string());
  what->answer(busy);
}

void session_shell::enqueue(const begin_turn_ptr& what) {
  bool interrupts = what->command.on_busy == busy_policy::interrupt;
  auto place = interrupts ? std::find_if(
                   queue.begin(), queue.end(),
                   [](const begin_turn_ptr& other) {
                     return other->command.on_busy != busy_policy::interrupt;
                   })
                          : queue.end();
  queue.insert(place, what);
  rt->metrics.queued_turns.Increment();
  self->delayed_send(self, rt->options.queue_patience, queue_due{what->turn});
  if (interrupts && !turn->ending_staged)
    cancel_turn(
        cause{what->command.who.user, what->command.request},
        "interrupted by a message");
}

void session_shell::begin_next() {
  while (!turn && !queue.empty()) {
    auto next = queue.front();
    queue.pop_front();
    rt->metrics.queued_turns.Decrement();
    begin_now(next);
  }
  // Those of the same request begin together.
  for (auto it = queue.begin(); it != queue.end();) {
    if (turn && (*it)->turn == turn->turn && follows_same_request(*it)) {
      it = queue.erase(it);
      rt->metrics.queued_turns.Decrement();
    } else {
      ++it;
    }
  }
  // What interrupts does not wait for what interrupted before it.
  if (turn && !turn->ending_staged && !queue.empty()
      && queue.front()->command.on_busy == busy_policy::interrupt) {
    const auto& command = queue.front()->command;
    cancel_turn(
        cause{command.who.user, command.request}, "interrupted by a message");
  }
}

void session_shell::stop_waiting(const turn_id& which) {
  auto it = std::find_if(
      queue.begin(), queue.end(),
      [&which](const begin_turn_ptr& waits) { return waits->turn == which; });
  if (it == queue.end())
    return;
  auto what = *it;
  queue.erase(it);
  rt->metrics.queued_turns.Decrement();
  auto busy = make_error(
      ec::turn_running,
      "The session went on answering for as long as a message may wait. Try "
      "again, or stop that turn.");
  if (turn)
    busy.details.emplace_back("turnId", turn->turn.to_string());
  what->answer(busy);
}

void session_shell::start_turn_now(
    const begin_turn_ptr& what, std::vector<event> events,
    std::unique_ptr<turn_guard> guard) {
  if (!fit_to_budgets(what, events))
    return;
  auto now = rt->clock();
  generation_started first;
  first.turn = what->turn;
  first.attempt = 1;
  first.provider = what->agent->spec.provider;
  first.model = what->agent->spec.model;
  first.agent_version = what->agent->version.value;
  for (auto& e : events) {
    if (auto* received = std::get_if<messages_received>(&e))
      first.prompt_messages =
          prompt_messages(*model, *received, what->agent->spec.partial_answers);
    pipeline->stage(now, std::move(e));
  }
  pipeline->stage(now, first);
  turn.emplace();
  turn->turn = what->turn;
  turn->agent = what->agent;
  turn->slot = what->slot;
  turn->trace = what->command.trace;
  turn->guard = std::move(guard);
  turn->deadline =
      now + std::chrono::milliseconds{what->agent->spec.max_turn_ms};
  recent.clear();
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
  begin->request.agent =
      std::shared_ptr<const agent_spec>(turn->agent, &turn->agent->spec);
  begin->request.session = id;
  begin->request.turn = first.turn;
  begin->request.trace = turn->trace;
  begin->request.messages =
      prompt_of(*model, turn->agent->spec.partial_answers);
  turn->worker = self->spawn(llm_worker, rt, begin);
  self->monitor(turn->worker);
  if (turn->agent->spec.on_disconnect == disconnect_policy::cancel)
    self->delayed_send(
        self, std::chrono::milliseconds{turn->agent->spec.disconnect_grace_ms},
        check_abandoned{first.turn, departures});
}

} // namespace hansard
