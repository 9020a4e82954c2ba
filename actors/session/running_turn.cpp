#include "actors/session/running_turn.hpp"

#include "actors/admission/turn_admission.hpp"
#include "events/slice.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

running_turn::running_turn(
    const begin_turn& what, std::unique_ptr<turn_guard> guard,
    const session_state& model)
    : id_(what.turn),
      agent_(what.agent),
      slot_(what.slot),
      trace_(what.command.trace),
      guard_(std::move(guard)),
      model_(&model) {}

upstream_request running_turn::request(const session_id& session) const {
  upstream_request out;
  out.agent = std::shared_ptr<const agent_spec>(agent_, &agent_->spec);
  out.session = session;
  out.turn = id_;
  out.trace = trace_;
  out.messages = prompt_of(*model_, agent().partial_answers);
  return out;
}

token_usage running_turn::usage(const token_usage& reported) const {
  // A provider's number is never overwritten.
  if (reported.source != usage_source::none)
    return reported;
  token_usage estimate;
  estimate.source = usage_source::estimated;
  estimate.completion = tokens_;
  std::size_t bytes = agent().system_prompt.size();
  for (const auto& m : model_->history)
    bytes += m.content.size();
  estimate.prompt = bytes / bytes_per_token;
  return estimate;
}

std::optional<event>
running_turn::take(const token_run& run, append_pipeline& to, timestamp now) {
  auto limit = agent().max_output_tokens;
  auto taken = std::min<std::uint64_t>(limit - tokens_, run.marks.size());
  tokens_ += taken;
  bool is_whole = taken == run.marks.size();
  if (is_whole || taken > 0)
    if (stage_tokens(is_whole ? run : first_of(run, taken), to, now))
      return cut_by_guardrail({});
  if (tokens_ >= limit) {
    generation_completed cut;
    cut.turn = id_;
    cut.ending = ending::length;
    cut.finish_reason = "max_output_tokens";
    cut.usage = usage();
    return cut;
  }
  return std::nullopt;
}

event running_turn::take(
    const upstream_finish& what, append_pipeline& to, timestamp now) {
  auto calls = what.tool_calls;
  for (auto& call : calls)
    call.turn = id_;
  if (guard_) {
    if (stage(guard_->finish(), to, now)
        || stage(guard_->take(std::move(calls)), to, now))
      return cut_by_guardrail(what.usage);
  } else {
    for (auto& call : calls)
      to.stage(now, std::move(call));
  }
  generation_completed completed;
  completed.turn = id_;
  completed.ending = what.ending;
  completed.finish_reason = what.finish_reason;
  completed.usage = usage(what.usage);
  return completed;
}

generation_cancelled
running_turn::cancelled(cause by, std::string reason) const {
  generation_cancelled out;
  out.turn = id_;
  out.by = std::move(by);
  out.reason = std::move(reason);
  out.usage = usage();
  return out;
}

generation_cancelled running_turn::over_time() const {
  return cancelled(cause{std::string(server_principal), {}}, "time_limit");
}

generation_interrupted running_turn::interrupted(std::string reason) const {
  generation_interrupted out;
  out.turn = id_;
  out.reason = std::move(reason);
  out.usage = usage();
  return out;
}

generation_failed running_turn::failed(const upstream_failure& why) const {
  generation_failed out;
  out.turn = id_;
  out.ending =
      why.code == ec::upstream_truncated ? ending::truncated : ending::failed;
  out.code = to_string(why.code);
  out.reason = why.message;
  out.usage = usage(why.usage);
  return out;
}

generation_failed running_turn::lost_worker() const {
  upstream_failure why;
  why.code = ec::internal;
  why.message = "The worker that talked to the model was lost.";
  return failed(why);
}

void running_turn::end(event how, append_pipeline& to, timestamp now) {
  ends_ = true;
  if (guard_) {
    bool blocked = stage(guard_->finish(), to, now);
    for (auto& e : guard_->close())
      to.stage(now, std::move(e));
    auto* completed = std::get_if<generation_completed>(&how);
    if (blocked && completed)
      how = cut_by_guardrail(completed->usage);
  }
  to.stage(now, std::move(how));
}

bool running_turn::stage_tokens(
    const token_run& run, append_pipeline& to, timestamp now) {
  if (guard_)
    return stage(guard_->push(run), to, now);
  to.stage(run);
  return false;
}

bool running_turn::stage(
    turn_guard::step step, append_pipeline& to, timestamp now) {
  for (auto& e : step.events)
    to.stage(now, std::move(e));
  if (!step.tokens.empty())
    to.stage(step.tokens);
  for (auto& e : step.tool_calls)
    to.stage(now, std::move(e));
  return step.blocked;
}

generation_completed
running_turn::cut_by_guardrail(const token_usage& reported) const {
  generation_completed cut;
  cut.turn = id_;
  cut.ending = ending::content_filter;
  cut.finish_reason = "guardrail";
  cut.usage = usage(reported);
  return cut;
}

void running_turn::recorded(const token_run& run) {
  credit_ += guard_ ? said_bytes(run) : run.text.size();
}

std::size_t running_turn::take_credit() {
  return credit_ >= upstream_window_bytes / 4 ? std::exchange(credit_, 0) : 0;
}

} // namespace hansard
