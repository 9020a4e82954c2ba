#pragma once

#include "events/ids.hpp"
#include "events/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The facts of a chat session. Each struct is the newest shape of its event;
/// older shapes are in upcast.cpp. A struct's `type` is persisted and never
/// reused; a changed shape gets the next `schema` and an upcaster.
namespace hansard {

/// Who caused a turn-level event, and by which request.
struct cause {
  /// DID of the user; "hansard" for the server's own doing.
  std::string principal;
  /// Id of the HTTP request; empty for the server's own doing.
  std::string request;

  bool operator==(const cause&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(principal, request);
  }
};

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

struct session_opened {
  static constexpr std::uint16_t type = 1;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "session_opened";

  std::string agent;
  std::string owner;
  cause by;

  bool operator==(const session_opened&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(agent, owner, by);
  }
};

struct messages_received {
  static constexpr std::uint16_t type = 2;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "messages_received";

  turn_id turn;
  cause by;
  /// How many messages of the active history stay in front of these. Less than
  /// its length: a branch, and what stood behind leaves the active history.
  std::uint32_t keep = 0;
  std::vector<message> messages;

  bool operator==(const messages_received&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, by, keep, messages);
  }
};

/// One version of a policy.
struct policy_ref {
  policy_id id;
  std::uint32_t version = 0;

  auto operator<=>(const policy_ref&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, version);
  }
};

/// On which terms a turn was let in.
struct admission_terms {
  /// The policies that set any of its limits, whether or not they bit; sorted.
  std::vector<policy_ref> policies;
  /// Prompt and completion tokens set aside from the principal's budgets until
  /// the turn ends.
  std::uint64_t reserved_tokens = 0;
  /// The caps in force, the agent's or a policy's; 0: unknown.
  std::uint32_t max_output_tokens = 0;
  std::uint32_t max_turn_ms = 0;

  bool operator==(const admission_terms&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(policies, reserved_tokens, max_output_tokens, max_turn_ms);
  }
};

struct turn_admitted {
  static constexpr std::uint16_t type = 3;
  /// 2: `agent` and `terms`.
  static constexpr std::uint16_t schema = 2;
  static constexpr std::string_view name = "turn_admitted";

  turn_id turn;
  cause by;
  /// What allowed it: a grant's id, or "role:admin".
  std::string basis;
  /// Empty in what schema 1 recorded: the session's.
  std::string agent{};
  admission_terms terms{};

  bool operator==(const turn_admitted&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, by, basis, agent, terms);
  }
};

/// In a session's stream, or on the access stream where there is no session.
struct turn_refused {
  static constexpr std::uint16_t type = 4;
  /// 2: `rule`, `policies` and `session`.
  static constexpr std::uint16_t schema = 2;
  static constexpr std::string_view name = "turn_refused";

  cause by;
  std::string agent;
  /// Name of the `ec`.
  std::string code;
  std::string reason;
  /// What refused it: "agent", "grant", "role", or the name of a policy's
  /// member as the API spells it; empty in what schema 1 recorded.
  std::string rule{};
  /// The policies in force for it; the one that refused first, then sorted.
  std::vector<policy_ref> policies{};
  /// The session that was to go on; nil: a new one.
  session_id session{};

  bool operator==(const turn_refused&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(by, agent, code, reason, rule, policies, session);
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

struct client_attached {
  static constexpr std::uint16_t type = 12;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "client_attached";

  turn_id turn;
  cause by;
  /// The last version that the client already had.
  stream_version after;

  bool operator==(const client_attached&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, by, after.value);
  }
};

struct client_detached {
  static constexpr std::uint16_t type = 13;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "client_detached";

  turn_id turn;
  cause by;
  /// The last version that was handed whole to the client's socket.
  stream_version last_sent;
  /// finished, gone, too_slow, shutdown, revoked.
  std::string reason;

  bool operator==(const client_detached&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(turn, by, last_sent.value, reason);
  }
};

struct title_changed {
  static constexpr std::uint16_t type = 14;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "title_changed";

  std::string title;
  cause by;

  bool operator==(const title_changed&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(title, by);
  }
};

/// Hidden from its owner from now on; what was recorded stays, for auditors.
struct session_deleted {
  static constexpr std::uint16_t type = 30;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "session_deleted";

  cause by;

  bool operator==(const session_deleted&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(by);
  }
};

/// On the access stream: refusals of one kind that came too fast to be
/// recorded one by one.
struct refusals_counted {
  static constexpr std::uint16_t type = 31;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "refusals_counted";

  /// "*": of several principals, more than were told apart.
  std::string principal;
  /// Name of the `ec`.
  std::string code;
  std::string rule;
  /// Unix microseconds: of the first one in the window, and of its end.
  std::int64_t since_us = 0;
  std::int64_t until_us = 0;
  /// How many there were, and how many of them have an event of their own.
  std::uint64_t count = 0;
  std::uint64_t recorded = 0;

  bool operator==(const refusals_counted&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(principal, code, rule, since_us, until_us, count, recorded);
  }
};

} // namespace hansard
