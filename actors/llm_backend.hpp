#pragma once

#include "actors/secrets/secret_text.hpp"
#include "events/batch.hpp"
#include "events/error.hpp"
#include "events/facts/control_events.hpp"
#include "events/facts/generation_events.hpp"
#include "events/text/trace_context.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

/// One attempt at one model: what to ask.
struct upstream_request {
  std::shared_ptr<const agent_spec> agent;
  /// This attempt's model: the agent's, or one of its fallbacks.
  std::string model;
  session_id session;
  turn_id turn;
  /// The conversation, oldest first, the agent's system prompt not included:
  /// the backend puts agent->system_prompt in front.
  std::vector<message> messages;
  /// The operation that asks; the call is one of its own in the same trace.
  std::optional<trace_context> trace{};
  /// The value of agent->credential; nullptr: the agent names none.
  std::shared_ptr<const secret_text> key{};
};

/// A generation that ended with a finish reason.
struct upstream_finish {
  /// complete, length, tool_calls or content_filter.
  hansard::ending ending = ending::complete;
  /// The provider's word.
  std::string finish_reason;
  /// reported, or none: the caller estimates.
  token_usage usage;
  /// Assembled from their deltas; `turn` is left nil.
  std::vector<tool_call_generated> tool_calls;
};

/// An attempt that ended without one.
struct upstream_failure {
  /// upstream_unavailable, upstream_failed, upstream_timed_out, or
  /// upstream_truncated (the stream had begun and broke off).
  ec code = ec::upstream_failed;
  /// For the caller: what the model server said, or what happened. No secret,
  /// at most 500 bytes, valid UTF-8.
  std::string message;
  /// Another attempt may do better (connect errors, timeouts, 408, 429, 5xx
  /// before the first token).
  bool retryable = false;
  /// The server's Retry-After.
  std::optional<std::chrono::milliseconds> retry_after;
  /// Numbers that came before the break, if any.
  token_usage usage;
};

/// Takes what one attempt produces: any number of on_tokens, then exactly one
/// of on_finish and on_failure, then nothing. Called on a thread of the
/// backend, one call at a time; must not block. After cancel() a call that is
/// under way may still come; none after it.
class upstream_listener {
public:
  virtual ~upstream_listener() = default;
  /// Text as it arrived, each piece of the provider one mark with the time of
  /// its arrival; what one read brought comes in one call.
  virtual void on_tokens(token_run tokens) = 0;
  virtual void on_finish(upstream_finish finish) = 0;
  virtual void on_failure(upstream_failure failure) = 0;
};

/// A running attempt. Destroying it cancels. Any thread.
class upstream_call {
public:
  virtual ~upstream_call() = default;

  /// Returns credit: `bytes` of text are recorded. The backend reads on only
  /// while less than `upstream_window_bytes` of what it handed over is not yet
  /// returned, so that a slow disk slows the model server (TCP backpressure).
  virtual void grant(std::size_t bytes) = 0;

  /// Closes the connection to the model server; idempotent.
  virtual void cancel() = 0;
};

inline constexpr std::size_t upstream_window_bytes = 64 * 1024;

/// A way to reach models ("openai-compatible", "demo"). Any thread.
class llm_backend {
public:
  virtual ~llm_backend() = default;

  /// Starts an attempt. Never blocks, never throws; what goes wrong goes to
  /// the listener.
  virtual std::unique_ptr<upstream_call> start(
      upstream_request request,
      std::shared_ptr<upstream_listener> listener) = 0;
};

} // namespace hansard
