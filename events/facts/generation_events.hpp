#pragma once

#include "events/facts/cause.hpp"
#include "events/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The facts of a model's answer: attempts, tokens, tool calls, endings.
namespace hansard {

/// How a generation ended. Persisted; do not change existing values.
enum class ending : std::uint8_t {
  complete = 0,
  length = 1,
  tool_calls = 2,
  content_filter = 3,
  truncated = 4,
  cancelled = 5,
  failed = 6,
  interrupted = 7,
};
std::string_view to_string(ending value);

/// Bytes of text that a token is counted as where nobody has counted: OpenAI's
/// own rule of thumb for English text (help.openai.com, "What are tokens and
/// how to count them?").
inline constexpr std::uint64_t bytes_per_token = 4;

/// Persisted; do not change existing values.
enum class usage_source : std::uint8_t {
  /// Nothing is known.
  none = 0,
  /// The provider's own numbers.
  reported = 1,
  /// Counted by Hansard, because the provider gave none.
  estimated = 2,
};
std::string_view to_string(usage_source value);

/// Tokens as the provider counts them.
struct token_usage {
  usage_source source = usage_source::none;
  std::uint64_t prompt = 0;
  std::uint64_t completion = 0;
  /// Of `prompt`: read from the provider's cache.
  std::uint64_t cached = 0;
  /// Of `completion`: spent on reasoning.
  std::uint64_t reasoning = 0;

  bool operator==(const token_usage&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(source, prompt, completion, cached, reasoning);
  }
};

/// One attempt at a model; a turn has several when attempts fail early.
struct generation_started {
  static constexpr std::uint16_t type = 5;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "generation_started";

  turn_id turn;
  /// From 1 within the turn.
  std::uint32_t attempt = 1;
  std::string provider;
  std::string model;
  /// Version on the control stream of the agent's configuration in force: with
  /// the messages it tells the prompt as it was sent.
  std::uint64_t agent_version = 0;
  /// Messages of the active history that were sent, the system prompt not
  /// counted.
  std::uint32_t prompt_messages = 0;

  bool operator==(const generation_started&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, attempt, provider, model, agent_version, prompt_messages);
  }
};

/// An attempt that failed before its first token and is followed by another.
struct generation_attempt_failed {
  static constexpr std::uint16_t type = 15;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "generation_attempt_failed";

  turn_id turn;
  std::uint32_t attempt = 1;
  std::string code;
  std::string reason;
  /// Milliseconds until the next attempt.
  std::uint32_t retry_in_ms = 0;

  bool operator==(const generation_attempt_failed&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, attempt, code, reason, retry_in_ms);
  }
};

/// What a token belongs to, who said it and who sees it. Persisted; do not
/// change existing values.
enum class token_channel : std::uint8_t {
  answer = 0,
  reasoning = 1,
  /// Of the answer: said by the model, not shown.
  withheld = 2,
  /// Of the answer: shown, not said by the model.
  substitute = 3,
  withheld_reasoning = 4,
  substitute_reasoning = 5,
};
std::string_view to_string(token_channel value);

/// Part of the answer as it is shown.
constexpr bool is_shown_answer(token_channel channel) {
  return channel == token_channel::answer
         || channel == token_channel::substitute;
}
constexpr bool is_shown_reasoning(token_channel channel) {
  return channel == token_channel::reasoning
         || channel == token_channel::substitute_reasoning;
}
/// Whoever may read the session sees it; the rest is for auditors.
constexpr bool is_shown(token_channel channel) {
  return is_shown_answer(channel) || is_shown_reasoning(channel);
}
/// Part of the answer as the model said it.
constexpr bool is_said_answer(token_channel channel) {
  return channel == token_channel::answer || channel == token_channel::withheld;
}
constexpr bool is_said_reasoning(token_channel channel) {
  return channel == token_channel::reasoning
         || channel == token_channel::withheld_reasoning;
}
constexpr bool is_said(token_channel channel) {
  return is_said_answer(channel) || is_said_reasoning(channel);
}

/// One piece of text as the model server sent it, or what a guardrail made of
/// it. Its turn is the stream's open one.
struct token_generated {
  static constexpr std::uint16_t type = 6;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "token_generated";

  token_channel channel = token_channel::answer;
  /// Valid UTF-8, not empty.
  std::string text;

  bool operator==(const token_generated&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(channel, text);
  }
};

/// A whole tool call, its argument deltas joined.
struct tool_call_generated {
  static constexpr std::uint16_t type = 7;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "tool_call_generated";

  turn_id turn;
  std::uint32_t index = 0;
  std::string id;
  std::string function;
  /// As the model wrote them: meant to be JSON, not checked.
  std::string arguments;

  bool operator==(const tool_call_generated&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, index, id, function, arguments);
  }
};

/// The model finished: complete, length, tool_calls or content_filter.
struct generation_completed {
  static constexpr std::uint16_t type = 8;
  /// 2: `ending` and the whole `usage`; 1 had only the finish reason and two
  /// counts.
  static constexpr std::uint16_t schema = 2;
  static constexpr std::string_view name = "generation_completed";

  turn_id turn;
  hansard::ending ending = ending::complete;
  /// The provider's word, as it came.
  std::string finish_reason;
  token_usage usage;

  bool operator==(const generation_completed&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, ending, finish_reason, usage);
  }
};

/// The model, or the way to it, failed: failed or truncated.
struct generation_failed {
  static constexpr std::uint16_t type = 9;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "generation_failed";

  turn_id turn;
  hansard::ending ending = ending::failed;
  /// Name of the `ec`.
  std::string code;
  std::string reason;
  token_usage usage;

  bool operator==(const generation_failed&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, ending, code, reason, usage);
  }
};

/// Somebody or a limit stopped it.
struct generation_cancelled {
  static constexpr std::uint16_t type = 10;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "generation_cancelled";

  turn_id turn;
  cause by;
  std::string reason;
  token_usage usage;

  bool operator==(const generation_cancelled&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, by, reason, usage);
  }
};

/// The server, or the actor, went away in the middle.
struct generation_interrupted {
  static constexpr std::uint16_t type = 11;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "generation_interrupted";

  turn_id turn;
  std::string reason;
  token_usage usage;

  bool operator==(const generation_interrupted&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, reason, usage);
  }
};

} // namespace hansard
