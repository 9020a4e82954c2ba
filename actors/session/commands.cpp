#include "actors/session/session.hpp"
#include "actors/session/sse_writer.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

/// Commands that are not turns: decided by decide(), carried out here.
namespace hansard {

namespace {

bool is_admin(const principal& who) { return who.role == user_role::admin; }

/// Meets `expected` by the tag of the title.
title_condition condition_of(const precondition& expected) {
  return [expected](const std::string& title) {
    return expected.check(tag_of_title(title));
  };
}

} // namespace

void session_shell::look(const look_at_session& what) const {
  session_activity now;
  now.queued = queue.turns();
  now.clients = clients.size();
  what.answer(std::move(now));
}

void session_shell::attach(const attach_client_ptr& what) {
  const auto& command = what->command;
  cause by{command.who.user, command.request};
  auto events = decide(
      *model,
      follow_turn{by, sees_all(command.who), command.turn, command.after},
      outlook());
  if (!events) {
    what->answer(events.error());
    return;
  }
  if (events->empty()) {
    attach_ticket nothing;
    nothing.nothing_to_send = true;
    what->answer(nothing);
    return;
  }
  if (clients.full()) {
    what->answer(make_error(
        ec::overloaded, "Too many clients follow this session. Close some of "
                        "them."));
    return;
  }
  auto attached = std::get<client_attached>(events->front());
  record(std::move(*events));

  auto begin = std::make_shared<sse_writer_start>();
  begin->id = clients.next_id();
  begin->session = id;
  begin->owner = caf::actor_cast<writer_owner_actor>(self);
  begin->sink = command.sink;
  begin->after = attached.after;
  begin->recent = clients.recent();
  begin->recorded = model->version;
  begin->turn = attached.turn;
  begin->by = by;
  bool runs = find_turn(*model, attached.turn)->end.value == 0;
  what->answer(attach_ticket{attached.turn, attached.after, runs, false});
  attached_client client{begin->id, {}, attached.turn, by};
  client.writer = self->spawn(sse_writer, rt, begin);
  self->monitor(client.writer);
  clients.add(std::move(client));
  flush();
}

void session_shell::rejoin_writer(
    const rejoin& what, const sse_writer_actor& writer) {
  ++handled;
  loader.when_ready([this, what, writer](const error*) {
    // Also where the load failed: the writer reads the log, and learns there
    // what is wrong.
    if (clients.has(writer))
      return;
    attached_client client{clients.next_id(), writer, what.turn, what.by};
    self->monitor(writer);
    self->send(
        writer, rejoined{client.id}, caf::actor_cast<writer_owner_actor>(self));
    clients.add(std::move(client));
    load_later();
  });
}

void session_shell::writer_gone(const writer_left& how) {
  auto gone = clients.remove(how.writer);
  if (!gone)
    return;
  if (pipeline && !loader.failure()) {
    pipeline->stage(
        rt->clock(),
        client_detached{gone->turn, gone->by, how.last_sent, how.reason});
    flush();
  }
  if (clients.empty() && turn
      && turn->agent().on_disconnect == disconnect_policy::cancel)
    self->delayed_send(
        self, std::chrono::milliseconds{turn->agent().disconnect_grace_ms},
        check_abandoned{turn->id(), clients.departures()});
}

void session_shell::stop(const stop_running_turn_ptr& what) {
  const auto& command = what->command;
  cause by{command.who.user, command.request};
  auto events = decide(
      *model, stop_turn{by, is_admin(command.who), command.turn}, outlook());
  if (!events) {
    what->answer(events.error());
    return;
  }
  if (events->empty()) {
    what->answer(stop_ticket{});
    return;
  }
  record(std::move(*events));
  pipeline->on_settled(
      [what, stopped = turn->id()](const result<log_position>& outcome) {
        if (outcome)
          what->answer(stop_ticket{stopped});
        else
          what->answer(outcome.error());
      });
}

void session_shell::rename(const rename_session_ptr& what) {
  auto events = decide(
      *model,
      change_title{
          cause{what->who.user, what->request}, is_admin(what->who),
          what->title, condition_of(what->expected)},
      outlook());
  if (!events) {
    what->answer(events.error());
    return;
  }
  record(std::move(*events));
  coming_titles.push_back(what->title);
  pipeline->on_settled([this, what](const result<log_position>& outcome) {
    coming_titles.pop_front();
    if (outcome)
      what->answer(pipeline->last());
    else
      what->answer(outcome.error());
  });
  flush();
}

void session_shell::hide(const hide_session_ptr& what) {
  auto events = decide(
      *model,
      delete_session{
          cause{what->who.user, what->request}, is_admin(what->who),
          condition_of(what->expected)},
      outlook());
  if (!events) {
    what->answer(events.error());
    return;
  }
  hidden = true;
  record(std::move(*events));
  pipeline->on_settled([what](const result<log_position>& outcome) {
    if (outcome)
      what->answer(std::monostate{});
    else
      what->answer(outcome.error());
  });
  flush();
}

} // namespace hansard
