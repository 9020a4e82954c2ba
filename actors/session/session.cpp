#include "actors/session/session.hpp"

#include "actors/log_event.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace hansard {

session_shell::session_shell(session_actor::pointer self) : self(self) {}

session_shell::~session_shell() {
  if (!rt)
    return;
  rt->metrics.live_sessions.Decrement();
  rt->metrics.queued_turns.Decrement(static_cast<double>(queue.size()));
}

void session_shell::start(runtime_ptr runtime, session_id which, bool fresh) {
  rt = std::move(runtime);
  id = which;
  rt->metrics.live_sessions.Increment();
  if (fresh) {
    model.emplace();
    pipeline.emplace(stream_of(id), stream_version{});
    return;
  }
  // A session of this id that died may have an append on its way: the load
  // waits until the journal is past it.
  self->send(
      rt->services.journal(), std::make_shared<append_job>(),
      caf::actor_cast<append_client_actor>(self));
}

void session_shell::load_now() {
  ++loads;
  ask_reader();
}

void session_shell::ask_reader() {
  auto reader = rt->services.reader(id);
  // None is left while the actors are being ended.
  if (!reader)
    return;
  loading_from = reader.address();
  self->monitor(reader);
  self->send(
      reader, load_session{id}, caf::actor_cast<load_client_actor>(self));
}

void session_shell::load_later() {
  // A turn that was left open has no ending before its session is loaded: its
  // clients would wait for it for as long as they have patience.
  if (!load_error || writers.empty() || std::exchange(load_is_due, true))
    return;
  self->delayed_send(self, load_pause, ask_reader_again{});
}

void session_shell::ask_reader_once_more() {
  load_is_due = false;
  load_error.reset();
  ask_reader();
}

void session_shell::when_ready(std::function<void(const error*)> work) {
  if (load_error)
    work(&*load_error);
  else if (model && waiting.empty() && !(model->turn && !turn))
    work(nullptr);
  else if (waiting.size() < max_waiting)
    waiting.push_back(std::move(work));
  else {
    auto busy = make_error(
        ec::overloaded, "Too many requests wait for this session. Try again in "
                        "a moment.");
    work(&busy);
  }
}

void session_shell::become_ready() {
  auto work = std::exchange(waiting, {});
  for (auto& f : work)
    f(load_error ? &*load_error : nullptr);
  // An id that names no session must not hold memory.
  if (load_error || !model->exists())
    consider_leaving();
}

void session_shell::loaded(const session_loaded& what) {
  self->demonitor(loading_from);
  loading_from = nullptr;
  if (what.why) {
    load_error = *what.why;
    log_event(
        log_level::error, "session_load_failed",
        {{"session", id.to_string()},
         {"code", to_string(what.why->code)},
         {"reason", what.why->message}});
    become_ready();
    load_later();
    return;
  }
  model = std::move(*what.state);
  pipeline.emplace(stream_of(id), model->version);
  if (!model->turn) {
    become_ready();
    return;
  }
  // Whoever ran this turn is gone: close it before anything else happens.
  generation_interrupted ending;
  ending.turn = model->turn->turn;
  ending.reason = "its session was lost";
  if (model->turn->tokens > 0) {
    ending.usage.source = usage_source::estimated;
    ending.usage.completion = model->turn->tokens;
  }
  closing = true;
  pipeline->stage(rt->clock(), std::move(ending));
  pipeline->on_settled([this](const result<log_position>& outcome) {
    closing = false;
    if (!outcome)
      load_error = outcome.error();
    become_ready();
  });
  flush();
}

void session_shell::flush() {
  if (auto job = pipeline->next())
    self->send(
        rt->services.journal(), std::move(job),
        caf::actor_cast<append_client_actor>(self));
}

void session_shell::settled(const append_settled& done) {
  if (!done.job->request.batch) {
    load_now();
    return;
  }
  if (closing && !done.job->outcome && loads < max_loads
      && done.job->outcome.error().code == ec::wrong_expected_version) {
    // The session before this one was not quite dead.
    closing = false;
    model.reset();
    pipeline.reset();
    load_now();
    return;
  }
  pipeline->settle(done, [this](const batch_ptr& batch) { publish(batch); });
  if (!done.job->outcome) {
    die(done.job->outcome.error());
    return;
  }
  begin_next();
  flush();
}

void session_shell::die(const error& why) {
  log_event(
      log_level::error, "append_refused",
      {{"session", id.to_string()},
       {"code", to_string(why.code)},
       {"reason", why.message}});
  // The state here and the log have parted, or the log takes nothing more: the
  // next command meets a session that is folded anew.
  pipeline->give_up(why);
  for (const auto& waits : queue)
    waits->answer(why);
  if (turn && turn->worker)
    self->send<caf::message_priority::high>(turn->worker, cancel_generation{});
  self->quit(caf::exit_reason::unhandled_exception);
}

void session_shell::publish(const batch_ptr& batch) {
  apply(*model, *batch);
  recent.push_back(batch);
  if (recent.size() > max_recent)
    recent.pop_front();
  for (const auto& w : writers)
    self->send(w.actor, live_batch{batch});
  for (const auto& item : batch->items) {
    if (auto* run = std::get_if<token_run>(&item)) {
      if (turn)
        turn->credit += turn->guard ? said_bytes(*run) : run->text.size();
    } else if (const auto& body = *std::get<stamped_event>(item).body;
               ends_turn(body)) {
      end_turn(body);
    }
  }
  if (turn && turn->worker && turn->credit >= upstream_window_bytes / 4)
    self->send(turn->worker, grant_credit{std::exchange(turn->credit, 0)});
}

bool session_shell::is_idle() const {
  return !turn && writers.empty() && waiting.empty() && queue.empty()
         && (load_error || (model && pipeline->idle()));
}

void session_shell::consider_leaving() {
  if (is_idle())
    self->send(rt->services.directory(id), request_passivation{id, handled});
}

void session_shell::somebody_died(const caf::down_msg& down) {
  if (loading_from && down.source == loading_from) {
    loading_from = nullptr;
    self->delayed_send(self, reader_pause, ask_reader_again{});
    return;
  }
  if (turn && turn->worker && turn->worker.address() == down.source) {
    turn->worker = nullptr;
    if (turn->ending_staged)
      return;
    generation_failed failed;
    failed.turn = turn->turn;
    failed.code = to_string(ec::internal);
    failed.reason = "The worker that talked to the model was lost.";
    failed.usage = usage_or_estimate({});
    stage_ending(std::move(failed));
    return;
  }
  for (const auto& w : writers) {
    if (w.actor.address() != down.source)
      continue;
    writer_gone(writer_left{w.id, {}, "lost"});
    return;
  }
}

session_actor::behavior_type session(
    session_actor::stateful_pointer<session_shell> self, runtime_ptr rt,
    session_id id, bool fresh) {
  self->set_down_handler(
      [self](const caf::down_msg& down) { self->state.somebody_died(down); });
  self->state.start(std::move(rt), id, fresh);
  return {
      [self](const begin_turn_ptr& what) { self->state.begin(what); },
      [self](const attach_client_ptr& what) { self->state.attach(what); },
      [self](const stop_running_turn_ptr& what) { self->state.stop(what); },
      [self](const rename_session_ptr& what) { self->state.rename(what); },
      [self](const look_at_session_ptr& what) { self->state.look(*what); },
      [self](const hide_session_ptr& what) { self->state.hide(what); },
      [self](const interrupt_turn& what) {
        ++self->state.handled;
        self->state.interrupt(what.reason);
      },
      [self](const rejoin& what, const sse_writer_actor& writer) {
        self->state.rejoin_writer(what, writer);
      },
      [self](const consider_passivation&) { self->state.consider_leaving(); },
      [self](const session_loaded& what) { self->state.loaded(what); },
      [self](const append_settled& done) { self->state.settled(done); },
      [self](const tokens_arrived& what) { self->state.take(what); },
      [self](const attempt_failed& what) { self->state.take(what); },
      [self](const attempt_starting& what) { self->state.take(what); },
      [self](const generation_finished& what) { self->state.take(what); },
      [self](const generation_broken& what) { self->state.take(what); },
      [self](const writer_left& how) { self->state.writer_gone(how); },
      [self](const check_abandoned& check) {
        self->state.check_abandonment(check);
      },
      [self](const queue_due& due) { self->state.stop_waiting(due.turn); },
      [self](const ask_reader_again&) { self->state.ask_reader_once_more(); },
  };
}

} // namespace hansard
