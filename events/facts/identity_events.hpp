#pragma once

#include "events/facts/cause.hpp"
#include "events/facts/control_events.hpp"
#include "events/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The facts of the control stream about who somebody is, beyond their first:
/// what changed, and what is not believed any more.
namespace hansard {

struct api_key_revoked {
  static constexpr std::uint16_t type = 71;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "api_key_revoked";

  key_id id;
  std::string user;
  cause by;

  bool operator==(const api_key_revoked&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, user, by);
  }
};

/// The whole of what can be changed, in place of the old.
struct user_changed {
  static constexpr std::uint16_t type = 72;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "user_changed";

  std::string user;
  std::string display_name;
  user_role role = user_role::member;
  cause by;

  bool operator==(const user_changed&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(user, display_name, role, by);
  }
};

/// Nothing that says it is this user is believed from now on.
struct user_deactivated {
  static constexpr std::uint16_t type = 73;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "user_deactivated";

  std::string user;
  cause by;

  bool operator==(const user_deactivated&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(user, by);
  }
};

struct user_reactivated {
  static constexpr std::uint16_t type = 74;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "user_reactivated";

  std::string user;
  cause by;

  bool operator==(const user_reactivated&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(user, by);
  }
};

/// Session cookies and tokens that others issued, and that are not believed
/// any more: one, by its id; or all that were issued before an instant, of one
/// subject or of everybody. Keys are not concerned.
struct tokens_revoked {
  static constexpr std::uint16_t type = 75;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "tokens_revoked";

  /// The claim `jti`; empty: by subject and time.
  std::string token;
  /// A user's DID; empty: everybody's.
  std::string subject;
  /// Unix microseconds; with `token` empty.
  std::int64_t issued_before_us = 0;
  cause by;

  bool operator==(const tokens_revoked&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(token, subject, issued_before_us, by);
  }
};

/// When keys were last used: many in one event, each at most once a day.
struct api_keys_used {
  static constexpr std::uint16_t type = 76;
  static constexpr std::uint16_t schema = 1;
  static constexpr std::string_view name = "api_keys_used";

  struct use {
    key_id id;
    /// Unix microseconds.
    std::int64_t at_us = 0;

    bool operator==(const use&) const = default;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(id, at_us);
    }
  };
  std::vector<use> uses;

  bool operator==(const api_keys_used&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(uses);
  }
};

} // namespace hansard
