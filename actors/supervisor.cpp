#include "actors/supervisor.hpp"

#include "actors/admission/gatekeeper.hpp"
#include "actors/control/registrar.hpp"
#include "actors/journal/journal.hpp"
#include "actors/reading/page_reader.hpp"
#include "actors/reading/projector.hpp"
#include "actors/session/session_directory.hpp"
#include "projections/history/message_history.hpp"
#include "projections/sessions/session_list.hpp"
#include "projections/usage/usage.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hansard {

void supervisor_state::keep(
    std::string what, stage ends_in, std::function<caf::actor()> spawn) {
  auto actor = spawn();
  self->monitor(actor);
  services.push_back({std::move(what), ends_in, std::move(spawn), actor, {}});
}

void supervisor_state::start(runtime_ptr runtime) {
  rt = std::move(runtime);
  keep("journal", stage::journal, [this] {
    auto actor = self->spawn<caf::detached>(journal, rt);
    rt->services.set_journal(actor);
    return caf::actor_cast<caf::actor>(actor);
  });
  for (std::size_t i = 0; i < service_table::reader_shards; ++i)
    keep("log_reader", stage::readers, [this, i] {
      auto actor = self->spawn<caf::detached>(log_reader, rt);
      rt->services.set_reader(i, actor);
      return caf::actor_cast<caf::actor>(actor);
    });
  for (auto make : {make_session_list, make_message_history, make_usage})
    keep("projector", stage::projectors, [this, make] {
      std::shared_ptr<projection> target = make(rt->rows);
      // Not by the actor's own thread: a read may come before that has begun,
      // and must wait for this projection too.
      rt->progress.add(std::string(target->name()));
      auto actor = self->spawn<caf::detached>(projector, rt, target);
      return caf::actor_cast<caf::actor>(actor);
    });
  keep("registrar", stage::gates, [this] {
    auto actor = self->spawn(registrar, rt);
    rt->services.set_registrar(actor);
    return caf::actor_cast<caf::actor>(actor);
  });
  for (std::size_t i = 0; i < service_table::directory_shards; ++i)
    keep("session_directory", stage::sessions, [this, i] {
      auto actor = self->spawn(session_directory, rt, i);
      rt->services.set_directory(i, actor);
      return caf::actor_cast<caf::actor>(actor);
    });
  keep("gatekeeper", stage::gates, [this] {
    auto actor = self->spawn(gatekeeper, rt);
    rt->services.set_gatekeeper(actor);
    return caf::actor_cast<caf::actor>(actor);
  });
}

void supervisor_state::somebody_died(const caf::down_msg& down) {
  auto it =
      std::find_if(services.begin(), services.end(), [&down](const auto& s) {
        return s.actor && s.actor.address() == down.source;
      });
  if (it == services.end())
    return;
  it->actor = nullptr;
  if (ending)
    end_stage();
  if (rt->stopping)
    return;
  spdlog::error("event=actor_died actor={}", it->what);
  rt->metrics.actor_restarts.Increment();
  auto now = self->clock().now();
  std::erase_if(it->deaths, [now](auto at) {
    return now - at > std::chrono::minutes{1};
  });
  it->deaths.push_back(now);
  if (it->what == "journal") {
    rt->on_fatal(make_error(
        ec::internal, "The journal was lost: what was being written may or may "
                      "not be there."));
    return;
  }
  if (it->deaths.size() > max_deaths_per_minute) {
    rt->on_fatal(make_error(
        ec::internal, "The actor \"" + it->what + "\" dies again and again."));
    return;
  }
  it->actor = it->spawn();
  self->monitor(it->actor);
}

void supervisor_state::drain(const begin_drain_ptr& order) {
  rt->draining = true;
  auto deadline = self->clock().now() + order->deadline;
  if (!draining) {
    draining.emplace();
    draining->deadline = deadline;
    self->send(self, check_drain{});
  }
  draining->deadline = std::min(draining->deadline, deadline);
  draining->waiting.push_back(order);
}

void supervisor_state::look_at_drain() {
  auto now = self->clock().now();
  // After the deadline the endings still have to be recorded; a log that does
  // not take them must not hold the process for ever.
  constexpr std::chrono::seconds patience{5};
  if (rt->running_turns == 0 || now > draining->deadline + patience) {
    for (const auto& order : draining->waiting)
      order->answer(std::monostate{});
    draining.reset();
    return;
  }
  if (now >= draining->deadline && !draining->interrupted) {
    draining->interrupted = true;
    for (const auto& directory : rt->services.directories())
      self->send(directory, interrupt_all{"the server was shut down"});
  }
  self->delayed_send(self, drain_poll, check_drain{});
}

void supervisor_state::end_all(caf::error reason) {
  if (ending)
    return;
  end_reason = std::move(reason);
  ending = stage::none;
  end_stage();
}

void supervisor_state::end_stage() {
  auto remain = [this](stage which) {
    return std::any_of(services.begin(), services.end(), [=](const auto& s) {
      return s.actor && s.ends_in == which;
    });
  };
  if (*ending != stage::none && remain(*ending))
    return;
  for (auto next :
       {stage::sessions, stage::gates, stage::projectors, stage::readers,
        stage::journal}) {
    if (!remain(next))
      continue;
    ending = next;
    for (const auto& s : services)
      if (s.actor && s.ends_in == next)
        self->send_exit(s.actor, caf::exit_reason::user_shutdown);
    self->delayed_send(
        self, rt->options.stage_patience,
        stage_due{static_cast<std::size_t>(next)});
    return;
  }
  rt->services.clear();
  services.clear();
  self->quit(end_reason);
}

void supervisor_state::stage_is_due(std::size_t which) {
  if (!ending || static_cast<std::size_t>(*ending) != which)
    return;
  for (auto& s : services) {
    if (!s.actor || s.ends_in != *ending)
      continue;
    spdlog::error("event=actor_does_not_end actor={}", s.what);
    self->send_exit(s.actor, caf::exit_reason::kill);
    s.actor = nullptr;
  }
  end_stage();
}

supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, runtime_ptr rt,
    std::shared_ptr<std::promise<void>> started) {
  self->set_down_handler(
      [self](const caf::down_msg& down) { self->state.somebody_died(down); });
  self->set_exit_handler(
      [self](const caf::exit_msg& exit) { self->state.end_all(exit.reason); });
  self->state.start(std::move(rt));
  started->set_value();
  return {
      [self](const begin_drain_ptr& order) { self->state.drain(order); },
      [self](const check_drain&) { self->state.look_at_drain(); },
      [self](const stage_due& due) { self->state.stage_is_due(due.stage); },
  };
}

} // namespace hansard
