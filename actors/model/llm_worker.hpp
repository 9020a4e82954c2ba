#pragma once

#include "actors/interfaces.hpp"
#include "actors/model/retry_plan.hpp"
#include "actors/runtime.hpp"

#include <memory>

namespace hansard {

/// What an LLM worker is started with. The first attempt is recorded already.
struct llm_worker_start {
  upstream_request request;
  generation_started first;
  session_actor owner;
};

/// State of an LLM worker.
///
///   backend ──tokens──▶ listener ──▶ worker ──▶ session ──▶ journal
///      ▲                                │ ▲        │
///      └────────────grant───────────────┘ └─credit─┘
///
/// The backend reads on only while less than a window of what it handed over
/// is unrecorded. Before the first token a failed attempt is followed by
/// another, as retry_plan says; after it, never.
struct llm_worker_state {
  static inline const char* name = "llm_worker";

  explicit llm_worker_state(llm_worker_actor::pointer self) : self(self) {}

  void call_model();
  void take(const upstream_tokens& what);
  void take(const upstream_finished& what);
  void take(const upstream_broken& what);
  void announce_attempt(std::uint32_t attempt);
  void cancel();
  /// Ends the turn: there is no way to ask the model.
  void give_up(std::string why);

  llm_worker_actor::pointer self;
  runtime_ptr rt;
  llm_worker_start begin;
  retry_plan plan;
  generation_started attempt;
  std::unique_ptr<upstream_call> call;
  bool had_tokens = false;
};

llm_worker_actor::behavior_type llm_worker(
    llm_worker_actor::stateful_pointer<llm_worker_state> self, runtime_ptr rt,
    std::shared_ptr<llm_worker_start> start);

} // namespace hansard
