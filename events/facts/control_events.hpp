#pragma once

#include "events/facts/cause.hpp"
#include "events/facts/scopes.hpp"
#include "events/ids.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The facts of the control stream: agents, users, keys, grants.
namespace hansard {

/// Persisted; do not change existing values.
enum class history_policy : std::uint8_t {
  /// A body that contradicts the record makes a branch.
  branch = 0,
  /// … is refused.
  strict = 1,
};

/// Persisted; do not change existing values.
enum class disconnect_policy : std::uint8_t {
  /// A turn goes on without clients.
  keep_going = 0,
  /// … is cancelled after `disconnect_grace_ms`.
  cancel = 1,
};

/// Whether the model is shown its own answers that were cut. Persisted; do not
/// change existing values.
enum class partial_policy : std::uint8_t { show = 0, hide = 1 };

/// An agent: a model server, a model, and how Hansard treats them.
struct agent_spec {
  std::string did;
  std::string name;
  /// "demo" or "openai-compatible".
  std::string provider;
  /// Of an OpenAI-compatible server, up to and with "/v1".
  std::string base_url;
  std::string model;
  /// Tried in order when `model` fails before its first token.
  std::vector<std::string> fallback_models;
  /// Name of the environment variable that holds the key; never the key.
  std::string api_key_env;
  std::string system_prompt;
  /// Sent along with each upstream request.
  std::vector<std::pair<std::string, std::string>> headers;
  /// JSON object, merged into each upstream body; empty: none.
  std::string parameters;
  history_policy history = history_policy::branch;
  disconnect_policy on_disconnect = disconnect_policy::keep_going;
  std::uint32_t disconnect_grace_ms = 10'000;
  std::uint32_t connect_timeout_ms = 5'000;
  std::uint32_t first_token_timeout_ms = 60'000;
  std::uint32_t idle_timeout_ms = 60'000;
  /// Attempts at each model before its first token, the first included.
  std::uint32_t max_attempts = 3;
  /// Hard caps of a turn.
  std::uint32_t max_turn_ms = 15 * 60'000;
  std::uint32_t max_output_tokens = 200'000;
  /// Of answers that ended as cancelled, failed, truncated or interrupted.
  partial_policy partial_answers = partial_policy::show;
  /// Name of the provider credential that holds the key; with `api_key_env`
  /// empty.
  std::string credential;

  bool operator==(const agent_spec&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    serialize_v2(archive);
    archive(credential);
  }
  /// What the events of schema 2 hold.
  template <class Archive>
  void serialize_v2(Archive& archive) {
    serialize_v1(archive);
    archive(partial_answers);
  }
  /// What the events of schema 1 hold.
  template <class Archive>
  void serialize_v1(Archive& archive) {
    archive(did, name, provider, base_url, model, fallback_models, api_key_env);
    archive(system_prompt, headers, parameters, history, on_disconnect);
    archive(
        disconnect_grace_ms, connect_timeout_ms, first_token_timeout_ms,
        idle_timeout_ms, max_attempts, max_turn_ms, max_output_tokens);
  }
};

/// Persisted; do not change existing values.
enum class user_role : std::uint8_t {
  /// What grants allow.
  member = 0,
  /// Everything.
  admin = 1,
  /// Reads every session and the audit routes; can't chat or administer.
  auditor = 2,
};
std::string_view to_string(user_role value);

struct agent_registered {
  static constexpr std::uint16_t type = 64;
  static constexpr std::uint16_t schema = 3;
  static constexpr std::string_view name = "agent_registered";

  agent_spec agent;
  cause by;

  bool operator==(const agent_registered&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(agent, by);
  }
};

/// The whole new configuration, in place of the old.
struct agent_reconfigured {
  static constexpr std::uint16_t type = 65;
  static constexpr std::uint16_t schema = 3;
  static constexpr std::string_view name = "agent_reconfigured";

  agent_spec agent;
  cause by;

  bool operator==(const agent_reconfigured&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(agent, by);
  }
};

struct agent_retired {
  static constexpr std::uint16_t type = 66;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "agent_retired";

  std::string agent;
  cause by;

  bool operator==(const agent_retired&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(agent, by);
  }
};

struct user_registered {
  static constexpr std::uint16_t type = 67;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "user_registered";

  std::string user;
  std::string display_name;
  user_role role = user_role::member;
  cause by;

  bool operator==(const user_registered&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(user, display_name, role, by);
  }
};

struct api_key_issued {
  static constexpr std::uint16_t type = 68;
  /// 1: without scopes, which means all of them.
  static constexpr std::uint16_t schema = 2;
  static constexpr std::string_view name = "api_key_issued";

  key_id id;
  std::string user;
  std::string label;
  /// SHA-256 of the key's text; the key itself is shown once and not kept.
  std::array<std::uint8_t, 32> sha256{};
  /// Unix microseconds; 0: never.
  std::int64_t expires_us = 0;
  cause by;
  scope_set scopes = all_scopes;

  bool operator==(const api_key_issued&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    serialize_v1(archive);
    archive(scopes);
  }
  /// Schema 1.
  template <class Archive>
  void serialize_v1(Archive& archive) {
    archive(id, user, label, sha256, expires_us, by);
  }
};

struct grant_issued {
  static constexpr std::uint16_t type = 69;
  /// 2: `group`.
  static constexpr std::uint16_t schema = 2;
  static constexpr std::string_view name = "grant_issued";

  grant_id id;
  /// Whose it is: a user's, or a group's; the other one is empty.
  std::string user;
  /// An agent's DID, or "*" for all.
  std::string agent;
  /// "chat" is what chat needs.
  std::vector<std::string> capabilities;
  /// Unix microseconds; 0: never.
  std::int64_t expires_us = 0;
  cause by;
  std::string group{};

  bool operator==(const grant_issued&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, user, agent, capabilities, expires_us, by, group);
  }
};

struct grant_revoked {
  static constexpr std::uint16_t type = 70;
  /// 2: `group`.
  static constexpr std::uint16_t schema = 2;
  static constexpr std::string_view name = "grant_revoked";

  grant_id id;
  std::string user;
  cause by;
  std::string group{};

  bool operator==(const grant_revoked&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, user, by, group);
  }
};

} // namespace hansard
