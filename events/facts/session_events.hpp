#pragma once

#include "events/facts/cause.hpp"
#include "events/ids.hpp"
#include "events/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The facts of a chat session; those of its answers are in
/// generation_events.hpp. Each struct is the newest shape of its event; older
/// shapes are in upcast.cpp. A struct's `type` is persisted and never reused; a
/// changed shape gets the next `schema` and an upcaster.
namespace hansard {

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
