#include "actors/session/session.hpp"

#include "actors/log_event.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace hansard {

session_shell::~session_shell() {
  if (rt)
    rt->metrics.live_sessions.Decrement();
}

void session_shell::start(runtime_ptr runtime, session_id which, bool fresh) {
  rt = std::move(runtime);
  id = which;
  rt->metrics.live_sessions.Increment();
  queue.count_in(rt->metrics.queued_turns);
  if (fresh) {
    model.emplace();
    pipeline.emplace(stream_of(id), stream_version{});
    loader.succeed();
    return;
  }
  // A session of this id that died may have an append on its way: the load
  // waits until the journal is past it.
  self->send(
      rt->services.journal(), std::make_shared<append_job>(),
      caf::actor_cast<append_client_actor>(self));
}

void session_shell::ask_reader() {
  auto reader = rt->services.reader(id);
  // None is left while the actors are being ended.
  if (!reader)
    return;
  loader.ask(reader.address());
  self->monitor(reader);
  self->send(
      reader, load_session{id}, caf::actor_cast<load_client_actor>(self));
}

void session_shell::load_later() {
  // A turn that was left open has no ending before its session is loaded: its
  // clients would wait for it for as long as they have patience.
  if (!clients.empty() && loader.plan_retry())
    self->delayed_send(self, load_pause, ask_reader_again{});
}

void session_shell::load_again() {
  loader.retry();
  ask_reader();
}

void session_shell::loaded(const session_loaded& what) {
  self->demonitor(loader.answered());
  if (what.why) {
    log_event(
        log_level::error, "session_load_failed",
        {{"session", id.to_string()},
         {"code", to_string(what.why->code)},
         {"reason", what.why->message}});
    loader.fail(*what.why);
    leave_if_unknown();
    load_later();
    return;
  }
  model = std::move(*what.state);
  pipeline.emplace(stream_of(id), model->version);
  if (model->turn) {
    close_open_turn();
    return;
  }
  loader.succeed();
  leave_if_unknown();
}

void session_shell::close_open_turn() {
  // Whoever ran this turn is gone: close it before anything else happens.
  generation_interrupted ending;
  ending.turn = model->turn->turn;
  ending.reason = "its session was lost";
  if (model->turn->tokens > 0) {
    ending.usage.source = usage_source::estimated;
    ending.usage.completion = model->turn->tokens;
  }
  loader.close_turn();
  pipeline->stage(rt->clock(), std::move(ending));
  pipeline->on_settled([this](const result<log_position>& outcome) {
    if (outcome)
      loader.succeed();
    else
      loader.fail(outcome.error());
    leave_if_unknown();
  });
  flush();
}

void session_shell::record(std::vector<event> events) {
  auto now = rt->clock();
  for (auto& e : events) {
    if (ends_turn(e))
      end_turn(std::move(e));
    else
      pipeline->stage(now, std::move(e));
  }
}

void session_shell::flush() {
  if (auto job = pipeline->next())
    self->send(
        rt->services.journal(), std::move(job),
        caf::actor_cast<append_client_actor>(self));
}

void session_shell::settled(const append_settled& done) {
  if (!done.job->request.batch) {
    loader.load();
    ask_reader();
    return;
  }
  if (!ending && loader.is_closing() && !done.job->outcome
      && loader.may_load_again()
      && done.job->outcome.error().code == ec::wrong_expected_version) {
    // The session before this one was not quite dead.
    model.reset();
    pipeline.reset();
    loader.load();
    ask_reader();
    return;
  }
  pipeline->settle(done, [this](const batch_ptr& batch) { publish(batch); });
  if (!done.job->outcome) {
    die(done.job->outcome.error());
    return;
  }
  if (!ending)
    begin_next();
  flush();
  if (ending && pipeline->idle())
    self->quit(caf::exit_reason::user_shutdown);
}

void session_shell::publish(const batch_ptr& batch) {
  apply(*model, *batch);
  clients.remember(batch);
  for (const auto& client : clients.all())
    self->send(client.writer, live_batch{batch});
  for (const auto& item : batch->items) {
    if (auto* run = std::get_if<token_run>(&item)) {
      if (turn)
        turn->recorded(*run);
    } else if (const auto& body = *std::get<stamped_event>(item).body;
               ends_turn(body)) {
      turn_ended(body);
    }
  }
  if (turn && turn->worker)
    if (auto bytes = turn->take_credit())
      self->send(turn->worker, grant_credit{bytes});
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
  for (const auto& waits : queue.take_all())
    waits->answer(why);
  if (turn && turn->worker)
    self->send<caf::message_priority::high>(turn->worker, cancel_generation{});
  self->quit(caf::exit_reason::unhandled_exception);
}

void session_shell::end(const caf::error& reason) {
  if (ending || !rt->stopping || !pipeline || pipeline->idle()) {
    self->quit(reason);
    return;
  }
  ending = true;
  for (const auto& waits : queue.take_all())
    waits->answer(going_down());
  // Nobody hears the rest of the answer; the next start closes the turn.
  if (turn && turn->worker)
    self->send<caf::message_priority::high>(turn->worker, cancel_generation{});
  turn.reset();
}

session_outlook session_shell::outlook() const {
  session_outlook coming;
  if (turn)
    coming.turn =
        session_outlook::running_turn{turn->id(), turn->usage(), turn->ends()};
  if (!coming_titles.empty())
    coming.title = coming_titles.back();
  coming.deleted = hidden;
  return coming;
}

bool session_shell::is_idle() const {
  return loader.is_done() && !turn && clients.empty() && queue.empty()
         && (loader.failure() || pipeline->idle());
}

void session_shell::consider_leaving() {
  if (is_idle())
    self->send(rt->services.directory(id), request_passivation{id, handled});
}

void session_shell::leave_if_unknown() {
  // An id that names no session must not hold memory.
  if (loader.failure() || !model->exists())
    consider_leaving();
}

void session_shell::somebody_died(const caf::down_msg& down) {
  if (loader.asked(down.source)) {
    loader.answered();
    self->delayed_send(self, reader_pause, ask_reader_again{});
  } else if (turn && turn->worker && turn->worker.address() == down.source) {
    turn->worker = nullptr;
    if (!turn->ends())
      end_turn(turn->lost_worker());
  } else if (const auto* client = clients.find(down.source)) {
    writer_gone(writer_left{client->id, {}, "lost"});
  }
}

session_actor::behavior_type session(
    session_actor::stateful_pointer<session_shell> self, runtime_ptr rt,
    session_id id, bool fresh) {
  using shell = session_shell;
  auto* state = &self->state;
  self->set_down_handler(
      [state](const caf::down_msg& down) { state->somebody_died(down); });
  self->set_exit_handler(
      [state](const caf::exit_msg& exit) { state->end(exit.reason); });
  state->start(std::move(rt), id, fresh);
  return {
      [state](const begin_turn_ptr& what) {
        state->command(what, &shell::begin);
      },
      [state](const attach_client_ptr& what) {
        state->command(what, &shell::attach);
      },
      [state](const stop_running_turn_ptr& what) {
        state->command(what, &shell::stop);
      },
      [state](const rename_session_ptr& what) {
        state->command(what, &shell::rename);
      },
      [state](const hide_session_ptr& what) {
        state->command(what, &shell::hide);
      },
      [state](const look_at_session_ptr& what) { state->look(*what); },
      [state](const interrupt_turn& what) { state->interrupt(what.reason); },
      [state](const rejoin& what, const sse_writer_actor& writer) {
        state->rejoin_writer(what, writer);
      },
      [state](const consider_passivation&) { state->consider_leaving(); },
      [state](const session_loaded& what) { state->loaded(what); },
      [state](const append_settled& done) { state->settled(done); },
      [state](const tokens_arrived& what) { state->take(what); },
      [state](const attempt_failed& what) { state->take(what); },
      [state](const attempt_starting& what) { state->take(what); },
      [state](const generation_finished& what) { state->take(what); },
      [state](const generation_broken& what) { state->take(what); },
      [state](const writer_left& how) { state->writer_gone(how); },
      [state](const check_abandoned& check) {
        state->check_abandonment(check);
      },
      [state](const queue_due& due) { state->stop_waiting(due.turn); },
      [state](const time_due& due) { state->watch_time(due.turn, due.until); },
      [state](const ask_reader_again&) { state->load_again(); },
  };
}

} // namespace hansard
