#include "actors/session_directory.hpp"

#include "actors/session.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hansard {

session_actor& session_directory_state::find(const session_id& id, bool fresh) {
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
  found.last_command = std::chrono::steady_clock::now();
  return found.actor;
}

void session_directory_state::let_go(const request_passivation& request) {
  auto it = sessions.find(request.session);
  if (it == sessions.end() || it->second.forwarded != request.handled)
    return;
  ids.erase(it->second.actor.id());
  self->send_exit(it->second.actor, caf::exit_reason::user_shutdown);
  sessions.erase(it);
}

void session_directory_state::look_for_idle() {
  sweep_is_due = false;
  if (sessions.empty())
    return;
  auto idle_since =
      std::chrono::steady_clock::now() - rt->options.passivate_after;
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
  auto forwarded = sessions[id].forwarded;
  sessions.erase(id);
  rt->metrics.actor_restarts.Increment();
  spdlog::error("event=session_actor_died session={}", id.to_string());
  // Wake it again, for it may have left a turn open; but not one that died of
  // waking.
  if (forwarded > 0 && !rt->stopping && !rt->log.failed()) {
    find(id);
    sessions[id].forwarded = 0;
  }
}

void session_directory_state::interrupt(const interrupt_all& why) {
  for (auto& [id, found] : sessions) {
    ++found.forwarded;
    self->send(found.actor, interrupt_turn{why.reason});
  }
}

void session_directory_state::end_all() {
  for (auto& [id, found] : sessions)
    self->send_exit(found.actor, caf::exit_reason::user_shutdown);
  sessions.clear();
  ids.clear();
}

session_directory_actor::behavior_type session_directory(
    session_directory_actor::stateful_pointer<session_directory_state> self,
    runtime_ptr rt) {
  self->state.rt = std::move(rt);
  self->set_down_handler(
      [self](const caf::down_msg& down) { self->state.somebody_died(down); });
  self->set_exit_handler([self](const caf::exit_msg& exit) {
    self->state.end_all();
    self->quit(exit.reason);
  });
  return {
      [self](const begin_turn_ptr& what) {
        bool fresh = !what->command.session.has_value();
        self->send(self->state.find(what->session, fresh), what);
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
      [self](const interrupt_all& why) { self->state.interrupt(why); },
      [self](const rejoin& what, const sse_writer_actor& writer) {
        self->send(self->state.find(what.session), what, writer);
      },
      [self](const request_passivation& request) {
        self->state.let_go(request);
      },
      [self](const sweep&) { self->state.look_for_idle(); },
  };
}

} // namespace hansard
