#include "actors/session/session.hpp"
#include "events/slice.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace hansard {

token_usage session_shell::usage_or_estimate(const token_usage& usage) const {
  // A provider's number is never overwritten.
  if (usage.source != usage_source::none)
    return usage;
  token_usage estimate;
  estimate.source = usage_source::estimated;
  estimate.completion = turn->tokens;
  std::size_t bytes = turn->agent->spec.system_prompt.size();
  for (const auto& m : model->history)
    bytes += m.content.size();
  estimate.prompt = bytes / bytes_per_token;
  return estimate;
}

void session_shell::stage_ending(event how) {
  turn->ending_staged = true;
  if (turn->guard)
    close_guard(how);
  if (turn->worker)
    self->send<caf::message_priority::high>(turn->worker, cancel_generation{});
  pipeline->stage(rt->clock(), std::move(how));
  flush();
}

void session_shell::end_turn(const event& how) {
  self->send(rt->services.reader(id), prepare_seal_of{stream_of(id)});
  const auto ended = ending_of(how).value_or(turn_ending{});
  rt->metrics.turn_ended(std::string(to_string(ended.how)));
  if (!turn)
    return;
  const auto& agent = turn->agent->spec.did;
  rt->metrics.tokens(agent, "prompt", static_cast<double>(ended.usage.prompt));
  rt->metrics.tokens(
      agent, "completion", static_cast<double>(ended.usage.completion));
  turn.reset();
  recent.clear();
}

void session_shell::take(const tokens_arrived& what) {
  if (!takes(what.turn))
    return;
  const auto& run = *what.tokens;
  const auto& spec = turn->agent->spec;
  auto room = spec.max_output_tokens - turn->tokens;
  auto taken = std::min<std::uint64_t>(room, run.marks.size());
  turn->tokens += taken;
  if (taken == run.marks.size()) {
    if (!stage_tokens(run))
      return;
  } else if (taken > 0 && !stage_tokens(first_of(run, taken))) {
    return;
  }
  if (turn->tokens >= spec.max_output_tokens) {
    generation_completed cut;
    cut.turn = turn->turn;
    cut.ending = ending::length;
    cut.finish_reason = "max_output_tokens";
    cut.usage = usage_or_estimate({});
    stage_ending(std::move(cut));
    return;
  }
  if (!run.marks.empty() && run.marks.back().at > turn->deadline) {
    cut_at_time_limit();
    return;
  }
  flush();
}

void session_shell::cancel_turn(cause by, std::string reason) {
  generation_cancelled cancelled;
  cancelled.turn = turn->turn;
  cancelled.by = std::move(by);
  cancelled.reason = std::move(reason);
  cancelled.usage = usage_or_estimate({});
  stage_ending(std::move(cancelled));
}

void session_shell::cut_at_time_limit() {
  cancel_turn(cause{std::string(server_principal), {}}, "time_limit");
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
  if (rt->clock() > turn->deadline) {
    cut_at_time_limit();
    return;
  }
  pipeline->stage(rt->clock(), what.what);
  pipeline->on_settled(
      [this, of = what.turn](const result<log_position>& outcome) {
        if (outcome && takes(of) && turn->worker)
          self->send(turn->worker, attempt_recorded{});
      });
  flush();
}

void session_shell::take(const generation_finished& what) {
  if (!takes(what.turn))
    return;
  auto calls = what.what->tool_calls;
  for (auto& call : calls)
    call.turn = turn->turn;
  if (turn->guard) {
    const auto& usage = what.what->usage;
    if (!stage_guarded(turn->guard->finish(), usage)
        || !stage_guarded(turn->guard->take(std::move(calls)), usage))
      return;
  } else {
    for (auto& call : calls)
      pipeline->stage(rt->clock(), std::move(call));
  }
  generation_completed completed;
  completed.turn = turn->turn;
  completed.ending = what.what->ending;
  completed.finish_reason = what.what->finish_reason;
  completed.usage = usage_or_estimate(what.what->usage);
  stage_ending(std::move(completed));
}

void session_shell::take(const generation_broken& what) {
  if (!takes(what.turn))
    return;
  generation_failed failed;
  failed.turn = turn->turn;
  failed.ending = what.what.code == ec::upstream_truncated ? ending::truncated
                                                           : ending::failed;
  failed.code = to_string(what.what.code);
  failed.reason = what.what.message;
  failed.usage = usage_or_estimate(what.what.usage);
  stage_ending(std::move(failed));
}

void session_shell::interrupt(const std::string& reason) {
  if (!turn || turn->ending_staged)
    return;
  generation_interrupted interrupted;
  interrupted.turn = turn->turn;
  interrupted.reason = reason;
  interrupted.usage = usage_or_estimate({});
  stage_ending(std::move(interrupted));
}

void session_shell::check_abandonment(const check_abandoned& check) {
  if (!takes(check.turn) || !writers.empty() || check.departure != departures)
    return;
  cancel_turn(cause{std::string(server_principal), {}}, "no client was left");
}

} // namespace hansard
