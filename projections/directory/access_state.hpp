#pragma once

#include "projections/directory/access.hpp"
#include "projections/directory/grant_table.hpp"
#include "projections/directory/key_table.hpp"
#include "projections/directory/token_revocations.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

namespace hansard {

/// What access_directory keeps, and how events change it.
struct access_directory::impl {
  mutable std::shared_mutex mutex;
  stream_version version;
  std::map<std::string, std::shared_ptr<const agent_record>, std::less<>>
      agents;
  std::map<std::string, user_record, std::less<>> users;
  /// Active ones.
  std::size_t admins = 0;
  key_table keys;
  token_revocations tokens;
  std::atomic<std::uint64_t> revocations{0};
  grant_table grants;
  std::atomic<std::uint64_t> grants_taken_back{0};
  policy_table policies;

  void set_agent(
      const agent_spec& spec, stream_version at_version, timestamp at,
      bool retired) {
    auto record = std::make_shared<agent_record>();
    record->spec = spec;
    record->version = at_version;
    record->created_at = at;
    record->updated_at = at;
    record->retired = retired;
    auto& current = agents[spec.did];
    if (current)
      record->created_at = current->created_at;
    current = std::move(record);
  }

  void fold(const recorded_event& e, const agent_registered& body) {
    set_agent(body.agent, e.version, e.at, false);
  }
  void fold(const recorded_event& e, const agent_reconfigured& body) {
    auto found = agents.find(body.agent.did);
    bool retired = found != agents.end() && found->second->retired;
    set_agent(body.agent, e.version, e.at, retired);
  }
  void fold(const recorded_event& e, const agent_retired& body) {
    auto found = agents.find(body.agent);
    if (found != agents.end())
      set_agent(found->second->spec, e.version, e.at, true);
  }
  void fold(const recorded_event& e, const user_registered& body) {
    auto [found, is_new] = users.try_emplace(body.user);
    if (is_new) {
      found->second.user = body.user;
      found->second.created_at = e.at;
    }
    change(found->second, e, [&](user_record& user) {
      user.display_name = body.display_name;
      user.role = body.role;
    });
  }
  void fold(const recorded_event& e, const user_changed& body) {
    auto found = users.find(body.user);
    if (found != users.end())
      change(found->second, e, [&](user_record& user) {
        user.display_name = body.display_name;
        user.role = body.role;
      });
  }
  void fold(const recorded_event& e, const user_deactivated& body) {
    set_active(body.user, false, e);
  }
  void fold(const recorded_event& e, const user_reactivated& body) {
    set_active(body.user, true, e);
  }
  void
  set_active(const std::string& did, bool active, const recorded_event& e) {
    auto found = users.find(did);
    if (found == users.end())
      return;
    change(found->second, e, [&](user_record& user) { user.active = active; });
    ++revocations;
  }
  template <class Change>
  void change(user_record& user, const recorded_event& e, Change apply) {
    auto role = user.role;
    admins -= is_active_admin(user);
    apply(user);
    admins += is_active_admin(user);
    if (user.role != role)
      ++revocations;
    user.updated_at = e.at;
    user.version = e.version;
  }
  static std::size_t is_active_admin(const user_record& user) {
    return user.active && user.role == user_role::admin ? 1 : 0;
  }
  void fold(const recorded_event& e, const api_key_issued& body) {
    keys.apply(e.at, body);
  }
  void fold(const recorded_event&, const api_key_revoked& body) {
    if (keys.apply(body))
      ++revocations;
  }
  void fold(const recorded_event&, const api_keys_used& body) {
    keys.apply(body);
  }
  void fold(const recorded_event&, const tokens_revoked& body) {
    tokens.fold(body);
    ++revocations;
  }
  void fold(const recorded_event& e, const grant_issued& body) {
    grants.apply(e.at, body);
  }
  void fold(const recorded_event&, const grant_revoked& body) {
    if (grants.apply(body))
      ++grants_taken_back;
  }
  void fold(const recorded_event& e, const policy_set& body) {
    policies.apply(e.at, body);
  }
  void fold(const recorded_event& e, const policy_removed& body) {
    policies.apply(e.at, body);
  }
  template <class Other>
  void fold(const recorded_event&, const Other&) {}
};

} // namespace hansard
