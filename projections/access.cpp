#include "projections/access.hpp"

#include "projections/grant_table.hpp"
#include "projections/key_table.hpp"
#include "projections/token_revocations.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace hansard {

struct access_directory::impl {
  mutable std::shared_mutex mutex;
  stream_version version;
  by_text<std::shared_ptr<const agent_record>> agents;
  std::map<std::string, user_record, std::less<>> users;
  key_table keys;
  token_revocations tokens;
  std::atomic<std::uint64_t> revocations{0};
  grant_table grants;
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
    auto& user = found->second;
    if (is_new)
      user.created_at = e.at;
    user.user = body.user;
    user.display_name = body.display_name;
    set_role(user, body.role);
    user.updated_at = e.at;
  }
  void fold(const recorded_event& e, const user_changed& body) {
    auto found = users.find(body.user);
    if (found == users.end())
      return;
    found->second.display_name = body.display_name;
    set_role(found->second, body.role);
    found->second.updated_at = e.at;
  }
  void fold(const recorded_event& e, const user_deactivated& body) {
    set_active(body.user, false, e.at);
  }
  void fold(const recorded_event& e, const user_reactivated& body) {
    set_active(body.user, true, e.at);
  }
  void set_active(const std::string& did, bool active, timestamp at) {
    auto found = users.find(did);
    if (found == users.end())
      return;
    found->second.active = active;
    found->second.updated_at = at;
    ++revocations;
  }
  void set_role(user_record& user, user_role role) {
    if (user.role != role)
      ++revocations;
    user.role = role;
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
    grants.apply(body);
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

access_directory::access_directory() : impl_(std::make_unique<impl>()) {}
access_directory::~access_directory() = default;

void access_directory::apply(const recorded_event& e) {
  std::unique_lock lock{impl_->mutex};
  if (e.stream != control_stream || e.version <= impl_->version)
    return;
  std::visit([&](const auto& body) { impl_->fold(e, body); }, e.body);
  impl_->version = e.version;
}

stream_version access_directory::version() const {
  std::shared_lock lock{impl_->mutex};
  return impl_->version;
}

std::optional<principal> access_directory::find_key(
    const std::array<std::uint8_t, 32>& sha256, timestamp now) const {
  std::shared_lock lock{impl_->mutex};
  const auto* held = impl_->keys.find(sha256, now);
  if (!held)
    return std::nullopt;
  const auto& key = held->record;
  auto user = impl_->users.find(key.user);
  if (user == impl_->users.end() || !user->second.active)
    return std::nullopt;
  held->used_us.store(to_unix_us(now), std::memory_order_relaxed);
  principal who;
  who.user = key.user;
  who.role = role_within(user->second.role, key.scopes);
  who.key = key.id;
  who.scopes = key.scopes;
  return who;
}

std::optional<principal>
access_directory::find_claimed(const claimed_identity& claimed) const {
  principal who;
  who.user = claimed.user;
  who.role = claimed.role;
  who.kind = claimed.kind;
  who.groups = claimed.groups;
  who.token = claimed.token;
  who.issued_at = claimed.issued_at;
  std::shared_lock lock{impl_->mutex};
  if (impl_->tokens.covers(who.token, who.user, who.issued_at))
    return std::nullopt;
  auto user = impl_->users.find(who.user);
  if (user == impl_->users.end())
    return who;
  if (!user->second.active)
    return std::nullopt;
  who.role = user->second.role;
  return who;
}

bool access_directory::still_admits(const principal& who) const {
  std::shared_lock lock{impl_->mutex};
  auto user = impl_->users.find(who.user);
  bool known = user != impl_->users.end();
  if (known
      && (!user->second.active
          || role_within(user->second.role, who.scopes) != who.role))
    return false;
  if (who.kind != credential_kind::api_key)
    return !impl_->tokens.covers(who.token, who.user, who.issued_at);
  const auto* key = impl_->keys.find(who.key);
  return known && key && !key->record.revoked;
}

std::uint64_t access_directory::revocations() const {
  return impl_->revocations.load();
}

std::size_t access_directory::remembered_revocations() const {
  std::shared_lock lock{impl_->mutex};
  return impl_->tokens.entries();
}

std::vector<api_keys_used::use>
access_directory::unrecorded_uses(std::size_t most) const {
  std::shared_lock lock{impl_->mutex};
  return impl_->keys.unrecorded_uses(most);
}

user_role role_within(user_role role, scope_set scopes) {
  if (role != user_role::admin || holds(scopes, scope::admin))
    return role;
  if (holds(scopes, scope::audit) && !holds(scopes, scope::chat))
    return user_role::auditor;
  return user_role::member;
}

std::optional<std::string> access_directory::basis_for(
    const principal& who, std::string_view agent, std::string_view capability,
    timestamp now) const {
  if (who.role == user_role::admin)
    return "role:admin";
  if (who.role != user_role::member)
    return std::nullopt;
  std::shared_lock lock{impl_->mutex};
  auto* grant =
      impl_->grants.find_allowing(who.user, who.groups, agent, capability, now);
  if (!grant)
    return std::nullopt;
  return grant->id.to_string();
}

std::shared_ptr<const agent_record>
access_directory::find_agent(std::string_view did) const {
  std::shared_lock lock{impl_->mutex};
  auto found = impl_->agents.find(did);
  return found == impl_->agents.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const agent_record>>
access_directory::agents() const {
  std::vector<std::shared_ptr<const agent_record>> all;
  {
    std::shared_lock lock{impl_->mutex};
    all.reserve(impl_->agents.size());
    for (const auto& [did, agent] : impl_->agents)
      all.push_back(agent);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a->spec.did < b->spec.did;
  });
  return all;
}

std::optional<user_record>
access_directory::find_user(std::string_view did) const {
  std::shared_lock lock{impl_->mutex};
  auto found = impl_->users.find(did);
  if (found == impl_->users.end())
    return std::nullopt;
  return found->second;
}

std::vector<user_record> access_directory::users() const {
  std::shared_lock lock{impl_->mutex};
  std::vector<user_record> all;
  all.reserve(impl_->users.size());
  for (const auto& [did, user] : impl_->users)
    all.push_back(user);
  return all;
}

std::vector<key_record> access_directory::keys_of(std::string_view user) const {
  std::shared_lock lock{impl_->mutex};
  const auto& theirs = impl_->keys.of(user);
  std::vector<key_record> all;
  all.reserve(theirs.size());
  for (const auto& key : theirs)
    all.push_back(key->as_record());
  return all;
}

std::vector<grant_record>
access_directory::grants_of(std::string_view user) const {
  std::shared_lock lock{impl_->mutex};
  const auto* theirs = impl_->grants.of_user(user);
  return theirs ? theirs->grants : std::vector<grant_record>{};
}

std::vector<grant_record>
access_directory::grants_of_group(std::string_view group) const {
  std::shared_lock lock{impl_->mutex};
  const auto* theirs = impl_->grants.of_group(group);
  return theirs ? theirs->grants : std::vector<grant_record>{};
}

effective_policy access_directory::policy_for(
    const principal& who, std::string_view agent, timestamp now) const {
  std::shared_lock lock{impl_->mutex};
  return impl_->policies.resolve_for(who.user, who.groups, agent, now);
}

std::vector<policy_record> access_directory::policies_at(timestamp at) const {
  std::shared_lock lock{impl_->mutex};
  return impl_->policies.in_force(at);
}

std::optional<policy_record>
access_directory::find_policy(const policy_id& id) const {
  std::shared_lock lock{impl_->mutex};
  return impl_->policies.find(id);
}

std::optional<policy_record> access_directory::find_policy(
    policy_scope scope, std::string_view subject) const {
  std::shared_lock lock{impl_->mutex};
  return impl_->policies.find(scope, subject);
}

bool access_directory::empty() const {
  std::shared_lock lock{impl_->mutex};
  return impl_->agents.empty() && impl_->users.empty() && impl_->keys.empty()
         && impl_->grants.empty();
}

} // namespace hansard
