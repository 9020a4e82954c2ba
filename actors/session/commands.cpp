#include "actors/session/session.hpp"
#include "actors/session/sse_writer.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

/// What a client asks for, found in the record.
struct place {
  const turn_span* span = nullptr;
  stream_version after;
};

/// @returns span nullptr: there is nothing to send.
result<place>
find_place(const session_state& model, const attach_command& command) {
  const turn_span* named = nullptr;
  if (!command.turn.is_nil()) {
    named = find_turn(model, command.turn);
    if (!named)
      return make_error(ec::not_found, "The session has no such turn.");
  } else if (!command.after && !model.turns.empty()) {
    named = &model.turns.back();
  }
  auto after = command.after.value_or(named ? named->after : stream_version{});
  if (after > model.version)
    return make_error(
        ec::invalid_request,
        "Last-Event-ID or startingAfter is beyond the session's last event, "
            + std::to_string(model.version.value)
            + ". Send the last id that this session's stream gave you.");
  // Of the turn that was named, and of no other.
  if (named && named->end.value != 0 && named->end <= after)
    return place{};
  if (named)
    return place{named, std::max(after, named->after)};
  // The turn in which the cursor lies, or the next one.
  for (const auto& span : model.turns)
    if (span.end.value == 0 || span.end > after)
      return place{&span, std::max(after, span.after)};
  return place{};
}

} // namespace

void session_shell::look(const look_at_session& what) const {
  session_activity now;
  for (const auto& waits : queue)
    now.queued.push_back(waits->turn);
  now.clients = writers.size();
  what.answer(std::move(now));
}

void session_shell::attach(const attach_client_ptr& what) {
  ++handled;
  when_ready([this, what](const error* why) {
    if (why)
      what->answer(*why);
    else
      attach_now(what);
  });
}

void session_shell::attach_now(const attach_client_ptr& what) {
  const auto& command = what->command;
  if (!may_read(*model, command.who.user, sees_all(command.who))
      || (hidden && !sees_all(command.who))) {
    what->answer(no_such_session());
    return;
  }
  auto found = find_place(*model, command);
  if (!found) {
    what->answer(found.error());
    return;
  }
  if (!found->span) {
    attach_ticket nothing;
    nothing.nothing_to_send = true;
    what->answer(nothing);
    return;
  }
  if (writers.size() >= max_writers) {
    what->answer(make_error(
        ec::overloaded, "Too many clients follow this session. Close some of "
                        "them."));
    return;
  }
  const auto& span = *found->span;
  writer w;
  w.id = ++last_writer;
  w.turn = span.turn;
  w.by = cause{command.who.user, command.request};
  pipeline->stage(rt->clock(), client_attached{span.turn, w.by, found->after});

  auto begin = std::make_shared<sse_writer_start>();
  begin->id = w.id;
  begin->session = id;
  begin->owner = caf::actor_cast<writer_owner_actor>(self);
  begin->sink = command.sink;
  begin->after = found->after;
  begin->recent.assign(recent.begin(), recent.end());
  begin->recorded = model->version;
  begin->turn = w.turn;
  begin->by = w.by;
  what->answer(
      attach_ticket{span.turn, found->after, span.end.value == 0, false});
  w.actor = self->spawn(sse_writer, rt, begin);
  self->monitor(w.actor);
  writers.push_back(std::move(w));
  flush();
}

void session_shell::rejoin_writer(
    const rejoin& what, const sse_writer_actor& actor) {
  ++handled;
  when_ready([this, what, actor](const error*) {
    // Also where the load failed: the writer reads the log, and learns there
    // what is wrong.
    auto is_this = [&actor](const writer& w) { return w.actor == actor; };
    if (std::any_of(writers.begin(), writers.end(), is_this))
      return;
    writer w;
    w.id = ++last_writer;
    w.actor = actor;
    w.turn = what.turn;
    w.by = what.by;
    self->monitor(actor);
    self->send(
        actor, rejoined{w.id}, caf::actor_cast<writer_owner_actor>(self));
    writers.push_back(std::move(w));
    load_later();
  });
}

void session_shell::writer_gone(const writer_left& how) {
  auto it = std::find_if(writers.begin(), writers.end(), [&how](const auto& w) {
    return w.id == how.writer;
  });
  if (it == writers.end())
    return;
  if (pipeline && !load_error) {
    pipeline->stage(
        rt->clock(),
        client_detached{it->turn, it->by, how.last_sent, how.reason});
    flush();
  }
  writers.erase(it);
  if (!writers.empty())
    return;
  ++departures;
  if (turn && turn->agent->spec.on_disconnect == disconnect_policy::cancel)
    self->delayed_send(
        self, std::chrono::milliseconds{turn->agent->spec.disconnect_grace_ms},
        check_abandoned{turn->turn, departures});
}

void session_shell::stop(const stop_running_turn_ptr& what) {
  ++handled;
  when_ready([this, what](const error* why) {
    if (why)
      what->answer(*why);
    else
      stop_now(what);
  });
}

void session_shell::stop_now(const stop_running_turn_ptr& what) {
  const auto& command = what->command;
  if (!may_change(command.who)) {
    what->answer(no_such_session());
    return;
  }
  bool stale = !command.turn.is_nil() && turn && command.turn != turn->turn;
  if (!turn || turn->ending_staged || stale) {
    what->answer(stop_ticket{});
    return;
  }
  cancel_turn(cause{command.who.user, command.request}, "stopped");
  pipeline->on_settled(
      [what, stopped = turn->turn](const result<log_position>& outcome) {
        if (outcome)
          what->answer(stop_ticket{stopped});
        else
          what->answer(outcome.error());
      });
}

void session_shell::rename(const rename_session_ptr& what) {
  ++handled;
  when_ready([this, what](const error* why) {
    if (why)
      what->answer(*why);
    else
      rename_now(what);
  });
}

void session_shell::rename_now(const rename_session_ptr& what) {
  if (!may_change(what->who)) {
    what->answer(no_such_session());
    return;
  }
  auto met = what->expected.check(tag_of_title(newest_title()));
  if (!met) {
    what->answer(met.error());
    return;
  }
  pipeline->stage(
      rt->clock(),
      title_changed{what->title, cause{what->who.user, what->request}});
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

const std::string& session_shell::newest_title() const {
  return coming_titles.empty() ? model->title : coming_titles.back();
}

} // namespace hansard
