#include "actors/session/session_directory.hpp"

#include "actors/session/session.hpp"
#include "events/text/log_text.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hansard {

session_actor session_directory_state::find(const session_id& id, bool fresh) {
  if (ending)
    return {};
  auto [it, is_new] = sessions.try_emplace(id);
  auto& found = it->second;
  if (is_new) {
    found.actor = self->spawn(session, rt, id, fresh);
    self->monitor(found.actor);
    ids.emplace(found.actor.id(), id);
    if (!sweep_is_due) {
      sweep_is_due = true;
      self->delayed_send(self, rt->options.passivate_after / 2, sweep{});
    }
  }
  ++found.forwarded;
  found.last_command = self->clock().now();
  return found.actor;
}

void session_directory_state::look_at(const look_at_session_ptr& what) {
  auto it = sessions.find(what->session);
  if (it == sessions.end())
    what->answer(session_activity{});
  else
    self->send(it->second.actor, what);
}

void session_directory_state::let_go(const request_passivation& request) {
  auto it = sessions.find(request.session);
  if (it == sessions.end() || it->second.forwarded != request.handled)
    return;
  // An actor that was let go may have asked twice; its successor has not.
  if (self->current_sender()
      != caf::actor_cast<caf::strong_actor_ptr>(it->second.actor))
    return;
  ids.erase(it->second.actor.id());
  self->send_exit(it->second.actor, caf::exit_reason::user_shutdown);
  sessions.erase(it);
}

void session_directory_state::look_for_idle() {
  sweep_is_due = false;
  if (ending || sessions.empty())
    return;
  auto idle_since = self->clock().now() - rt->options.passivate_after;
  for (auto& [id, found] : sessions)
    if (found.last_command <= idle_since)
      self->send(found.actor, consider_passivation{});
  sweep_is_due = true;
  self->delayed_send(self, rt->options.passivate_after / 2, sweep{});
}

void session_directory_state::somebody_died(const caf::down_msg& down) {
  auto it = ids.find(down.source.id());
  if (it == ids.end())
    return;
  auto id = it->second;
  ids.erase(it);
  if (ending) {
    sessions.erase(id);
    if (sessions.empty())
      self->quit(caf::exit_reason::user_shutdown);
    return;
  }
  const auto& dead = sessions[id];
  auto revivals = dead.forwarded > 0 ? 0 : dead.revivals;
  sessions.erase(id);
  rt->metrics.actor_restarts.Increment();
  spdlog::error("event=session_actor_died session={}", id.to_string());
  // Wake it again, for it may have left a turn open; but not for ever one that
  // dies of waking.
  if (revivals < max_revivals && !rt->stopping && !rt->log.failed()) {
    find(id);
    sessions[id].forwarded = 0;
    sessions[id].revivals = revivals + 1;
  }
}

void session_directory_state::interrupt(const interrupt_all& why) {
  for (auto& [id, found] : sessions) {
    ++found.forwarded;
    self->send(found.actor, interrupt_turn{why.reason});
  }
}

void session_directory_state::end(const caf::error& reason) {
  if (ending || !rt->stopping || sessions.empty()) {
    self->quit(reason);
    return;
  }
  ending = true;
  for (auto& [id, found] : sessions)
    self->send_exit(found.actor, caf::exit_reason::user_shutdown);
}

session_directory_state::~session_directory_state() {
  for (auto& [id, found] : sessions)
    caf::anon_send_exit(found.actor, caf::exit_reason::user_shutdown);
}

void session_directory_state::start(runtime_ptr runtime, std::size_t which) {
  rt = std::move(runtime);
  shard = which;
  self->delayed_send(self, first_look, look_for_open_turns{});
}

void session_directory_state::ask_journal() {
  self->send(
      rt->services.journal(), std::make_shared<append_job>(),
      caf::actor_cast<append_client_actor>(self));
}

void session_directory_state::wake_those_with_open_turns() {
  if (ending)
    return;
  auto visited = rt->log.visit_unsealed([this](stream_id stream) {
    auto id = session_of(stream);
    if (service_table::directory_shard(id) == shard && !sessions.contains(id)) {
      // Either its turn is open, or has ended and was not sealed.
      self->send(rt->services.reader(id), prepare_seal_of{stream});
      find(id);
      sessions[id].forwarded = 0;
    }
    return true;
  });
  if (!visited)
    spdlog::error(
        "event=open_turns_unreadable reason={}",
        loggable(visited.error().message));
  self->delayed_send(self, look_period, look_for_open_turns{});
}

session_directory_actor::behavior_type session_directory(
    session_directory_actor::stateful_pointer<session_directory_state> self,
    runtime_ptr rt, std::size_t shard) {
  self->set_down_handler(
      [self](const caf::down_msg& down) { self->state.somebody_died(down); });
  self->set_exit_handler(
      [self](const caf::exit_msg& exit) { self->state.end(exit.reason); });
  self->state.start(std::move(rt), shard);
  return {
      [self](const begin_turn_ptr& what) {
        self->send(self->state.find(what->session, what->fresh), what);
      },
      [self](const attach_client_ptr& what) {
        self->send(self->state.find(what->command.session), what);
      },
      [self](const stop_running_turn_ptr& what) {
        self->send(self->state.find(what->command.session), what);
      },
      [self](const rename_session_ptr& what) {
        self->send(self->state.find(what->session), what);
      },
      [self](const look_at_session_ptr& what) { self->state.look_at(what); },
      [self](const hide_session_ptr& what) {
        self->send(self->state.find(what->session), what);
      },
      [self](const interrupt_all& why) { self->state.interrupt(why); },
      [self](const rejoin& what, const sse_writer_actor& writer) {
        self->send(self->state.find(what.session), what, writer);
      },
      [self](const request_passivation& request) {
        self->state.let_go(request);
      },
      [self](const sweep&) { self->state.look_for_idle(); },
      [self](const look_for_open_turns&) { self->state.ask_journal(); },
      [self](const append_settled&) {
        self->state.wake_those_with_open_turns();
      },
  };
}

} // namespace hansard
