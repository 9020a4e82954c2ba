#include "actors/session/session.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

/// What the turn's worker brings, and how the turn ends.
namespace hansard {

void session_shell::end_turn(event how) {
  turn->end(std::move(how), *pipeline, rt->clock());
  if (turn->worker)
    self->send<caf::message_priority::high>(turn->worker, cancel_generation{});
  flush();
}

void session_shell::turn_ended(const event& how) {
  self->send(rt->services.reader(id), prepare_seal_of{stream_of(id)});
  const auto ended = ending_of(how).value_or(turn_ending{});
  rt->metrics.turn_ended(std::string(to_string(ended.how)));
  if (!turn)
    return;
  const auto& agent = turn->agent().did;
  rt->metrics.tokens(agent, "prompt", static_cast<double>(ended.usage.prompt));
  rt->metrics.tokens(
      agent, "completion", static_cast<double>(ended.usage.completion));
  turn.reset();
  clients.forget();
}

void session_shell::take(const tokens_arrived& what) {
  if (!takes(what.turn))
    return;
  auto ending = turn->take(*what.tokens, *pipeline, rt->clock());
  if (ending)
    end_turn(std::move(*ending));
  else
    flush();
}

void session_shell::take(const attempt_failed& what) {
  if (!takes(what.turn))
    return;
  pipeline->stage(rt->clock(), what.what);
  flush();
}

void session_shell::take(const attempt_starting& what) {
  if (!takes(what.turn))
    return;
  pipeline->stage(rt->clock(), what.what);
  pipeline->on_settled(
      [this, of = what.turn](const result<log_position>& outcome) {
        if (outcome && takes(of) && turn->worker)
          self->send(turn->worker, attempt_recorded{});
      });
  flush();
}

void session_shell::take(const generation_finished& what) {
  if (takes(what.turn))
    end_turn(turn->take(*what.what, *pipeline, rt->clock()));
}

void session_shell::take(const generation_broken& what) {
  if (takes(what.turn))
    end_turn(turn->failed(what.what));
}

void session_shell::interrupt(const std::string& reason) {
  ++handled;
  if (turn && !turn->ends())
    end_turn(turn->interrupted(reason));
}

void session_shell::check_abandonment(const check_abandoned& check) {
  if (!takes(check.turn) || !clients.empty()
      || check.departure != clients.departures())
    return;
  end_turn(turn->cancelled(
      cause{std::string(server_principal), {}}, "no client was left"));
}

} // namespace hansard
