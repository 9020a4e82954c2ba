#include "actors/control/registrar.hpp"

#include "events/text/log_text.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace hansard {

result<void> fold_control_stream(runtime& rt) {
  std::optional<error> unreadable;
  auto read = rt.log.read_stream(
      control_stream, rt.access.version().next(), [&](const batch_ptr& batch) {
        batch->for_each([&](const recorded_event& e) {
          // Passing over what it does not know could leave a right in force
          // that a newer program took back.
          if (std::holds_alternative<unknown_event>(e.body) && !unreadable)
            unreadable = make_error(
                ec::format_too_new,
                "Event " + std::to_string(e.version.value)
                    + " of the control stream was written by a newer Hansard. "
                      "Start that version, or a newer one.");
          if (!unreadable)
            rt.apply_control(e);
        });
        return !unreadable;
      });
  if (unreadable)
    return *unreadable;
  return read;
}

void registrar_state::start(runtime_ptr runtime) {
  rt = std::move(runtime);
  // A registrar that follows one that died may find events that were recorded
  // and never applied.
  auto done = fold_control_stream(*rt);
  if (!done) {
    spdlog::error(
        "event=control_stream_unreadable reason={}",
        loggable(done.error().message));
    return;
  }
  pipeline.emplace(control_stream, rt->access.version());
}

void registrar_state::take(const control_command_ptr& command) {
  if (!pipeline) {
    command->done(make_error(
        ec::storage_failed, "The server can't read its own records. Tell its "
                            "operator."));
  } else if (ending) {
    command->done(going_down());
  } else if (waiting.size() >= max_waiting) {
    command->done(make_error(
        ec::overloaded, "Too many administrative requests wait. Try again in a "
                        "moment."));
  } else {
    waiting.push_back(command);
    next();
  }
}

void registrar_state::next() {
  while (!busy && !waiting.empty()) {
    auto command = std::move(waiting.front());
    waiting.pop_front();
    auto decision = command->decide(rt->access);
    if (!decision) {
      command->done(decision.error());
      continue;
    }
    busy = true;
    current = command;
    pipeline->stage(rt->clock(), std::move(*decision));
    pipeline->on_settled([command](const result<log_position>& outcome) {
      if (outcome)
        command->done({});
      else
        command->done(outcome.error());
    });
    self->send(
        rt->services.journal(), pipeline->next(),
        caf::actor_cast<append_client_actor>(self));
  }
}

bool registrar_state::catch_up() {
  auto before = rt->access.version();
  auto done = fold_control_stream(*rt);
  if (!done || rt->access.version() == before)
    return false;
  pipeline.emplace(control_stream, rt->access.version());
  waiting.push_front(current);
  return true;
}

void registrar_state::settled(const append_settled& done) {
  busy = false;
  // A registrar that died had an append on its way: what it recorded is taken
  // in, and the command decided anew.
  if (!done.job->outcome
      && done.job->outcome.error().code == ec::wrong_expected_version
      && catch_up()) {
    next();
    return;
  }
  pipeline->settle(done, [this](const batch_ptr& batch) {
    batch->for_each([this](const recorded_event& e) { rt->apply_control(e); });
  });
  next();
  if (ending && !busy)
    self->quit(caf::exit_reason::user_shutdown);
}

void registrar_state::end(const caf::error& reason) {
  if (ending || !rt->stopping || !busy) {
    self->quit(reason);
    return;
  }
  ending = true;
  for (const auto& command : std::exchange(waiting, {}))
    command->done(going_down());
}

registrar_actor::behavior_type registrar(
    registrar_actor::stateful_pointer<registrar_state> self, runtime_ptr rt) {
  self->set_exit_handler(
      [self](const caf::exit_msg& exit) { self->state.end(exit.reason); });
  self->state.start(std::move(rt));
  return {
      [self](const control_command_ptr& what) { self->state.take(what); },
      [self](const append_settled& done) { self->state.settled(done); },
  };
}

} // namespace hansard
