#pragma once

#include "events/facts/control_events.hpp"
#include "events/facts/identity_events.hpp"
#include "events/facts/scopes.hpp"
#include "events/ids.hpp"
#include "events/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Who there is and what they were given, as access_directory has it.
namespace hansard {

/// What a caller showed.
enum class credential_kind : std::uint8_t { api_key, session_cookie, token };

/// Who is calling, whatever they showed to prove it.
struct principal {
  std::string user;
  user_role role = user_role::member;
  /// The API key that was used; nil with other kinds of credentials.
  key_id key;
  credential_kind kind = credential_kind::api_key;
  scope_set scopes = all_scopes;
  /// From a claim; sorted.
  std::vector<std::string> groups{};

  /// Of a cookie or token: its claims `jti`, which may be empty, and `iat`.
  std::string token{};
  timestamp issued_at{};
  /// From when on what they showed is not believed; nullopt: it never ends.
  std::optional<timestamp> expires_at{};

  bool has(scope wanted) const { return holds(scopes, wanted); }
};

/// What is left of a role in the hands of a key with these scopes: an admin
/// without `admin` is an auditor where they can `audit` and not `chat`, else a
/// member; who the registry calls an auditor stays one.
user_role role_within(user_role role, scope_set scopes);

struct agent_record {
  agent_spec spec;
  /// Version on the control stream of the event that made it so.
  stream_version version;
  timestamp created_at;
  timestamp updated_at;
  bool retired = false;
};

struct user_record {
  std::string user;
  std::string display_name;
  user_role role = user_role::member;
  timestamp created_at;
  timestamp updated_at{};
  /// False: nothing that says it is this user is believed.
  bool active = true;
  /// Version on the control stream of the event that made it so.
  stream_version version{};
};

struct key_record {
  key_id id;
  std::string user;
  std::string label;
  std::array<std::uint8_t, 32> sha256{};
  timestamp created_at;
  std::optional<timestamp> expires_at;
  scope_set scopes = all_scopes;
  bool revoked = false;
  /// Exact since the server's start; of before, to the day.
  std::optional<timestamp> last_used_at{};
};

struct grant_record {
  grant_id id;
  /// Whose it is; empty: the group's.
  std::string user;
  /// A DID or "*".
  std::string agent;
  std::vector<std::string> capabilities;
  timestamp created_at;
  std::optional<timestamp> expires_at;
  bool revoked = false;
  std::string group{};
};

/// A group that something was set for.
struct group_record {
  std::string name;
  /// Grants that were not revoked; those that are over count.
  std::size_t grants = 0;
  std::optional<policy_id> policy{};
};

/// What a verified cookie or token says.
struct claimed_identity {
  credential_kind kind = credential_kind::token;
  std::string user;
  /// Counts where the registry does not know the user.
  user_role role = user_role::member;
  std::vector<std::string> groups{};
  std::string token{};
  timestamp issued_at{};
  /// Tolerance for clocks that differ included.
  std::optional<timestamp> expires_at{};
};

/// What lets somebody do something.
struct allowance {
  /// "role:admin", or the id of a grant.
  std::string basis;
  /// From when on it does not; nullopt: it has no end.
  std::optional<timestamp> until{};
};

/// What an event says of an expiry: 0 is never.
inline std::optional<timestamp> expiry_from(std::int64_t us) {
  if (us == 0)
    return std::nullopt;
  return from_unix_us(us);
}

inline bool is_over(const std::optional<timestamp>& expires_at, timestamp now) {
  return expires_at && *expires_at <= now;
}

} // namespace hansard
