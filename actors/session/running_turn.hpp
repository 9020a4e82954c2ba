#pragma once

#include "actors/admission/turn_slot.hpp"
#include "actors/guardrails/turn_guard.hpp"
#include "actors/interfaces.hpp"
#include "actors/journal/append_pipeline.hpp"
#include "events/session/session_model.hpp"
#include "events/text/trace_context.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace hansard {

/// The turn that a session is answering, from the moment its events are staged
/// until its ending is durable: what of the model's answer is to be recorded,
/// where it ends, and how much more of it there is room for.
///
/// What take() finds is staged in the pipeline that it is given. An ending is
/// only returned: the session stages it with end(), once, and nothing of the
/// turn may follow. Plain state; the session's actor alone touches it.
class running_turn {
public:
  /// @param guard nullptr: no guardrail looks at the answer.
  /// @param model the session's; outlives the turn.
  running_turn(
      const begin_turn& what, std::unique_ptr<turn_guard> guard,
      const session_state& model);

  const turn_id& id() const { return id_; }
  /// As this turn may use it.
  const agent_spec& agent() const { return agent_->spec; }
  /// Its ending is staged, or durable.
  bool ends() const { return ends_; }
  /// What the model is asked. @pre its first events are applied.
  upstream_request request(const session_id& session) const;

  /// @returns the ending, where a limit or a guardrail ends the answer here.
  std::optional<event>
  take(const token_run& run, append_pipeline& to, timestamp now);
  /// @returns the ending.
  event take(const upstream_finish& what, append_pipeline& to, timestamp now);

  // Other endings, as they would be now.
  generation_cancelled cancelled(cause by, std::string reason) const;
  generation_cancelled over_time() const;
  generation_interrupted interrupted(std::string reason) const;
  generation_failed failed(const upstream_failure& why) const;
  generation_failed lost_worker() const;

  /// Stages the ending, after what a guardrail held: one that blocks in there
  /// makes the ending its own. @pre !ends()
  void end(event how, append_pipeline& to, timestamp now);

  /// The provider's numbers, or estimates where it gave none.
  token_usage usage(const token_usage& reported = {}) const;

  /// A run of the turn is durable.
  void recorded(const token_run& run);
  /// Recorded bytes that the worker is to be told of; 0: too few for a message.
  std::size_t take_credit();

  /// Who talks to the model; null before it is asked, and once it is lost.
  llm_worker_actor worker;

private:
  /// Both: @returns true where the answer ends as content_filter.
  bool stage_tokens(const token_run& run, append_pipeline& to, timestamp now);
  static bool stage(turn_guard::step step, append_pipeline& to, timestamp now);
  generation_completed cut_by_guardrail(const token_usage& reported) const;

  turn_id id_;
  std::shared_ptr<const agent_record> agent_;
  std::shared_ptr<turn_slot> slot_;
  std::optional<trace_context> trace_;
  std::unique_ptr<turn_guard> guard_;
  const session_state* model_;
  bool ends_ = false;
  std::uint64_t tokens_ = 0;
  std::size_t credit_ = 0;
};

} // namespace hansard
