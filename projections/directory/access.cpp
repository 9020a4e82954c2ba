#include "projections/directory/access.hpp"

#include "projections/directory/access_state.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace hansard {

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
  who.expires_at = key.expires_at;
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
  who.expires_at = claimed.expires_at;
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

std::optional<allowance> access_directory::allowance_for(
    const principal& who, std::string_view agent, std::string_view capability,
    timestamp now) const {
  if (who.role == user_role::admin)
    return allowance{"role:admin"};
  if (who.role != user_role::member)
    return std::nullopt;
  std::shared_lock lock{impl_->mutex};
  auto* grant =
      impl_->grants.find_allowing(who.user, who.groups, agent, capability, now);
  if (!grant)
    return std::nullopt;
  return allowance{grant->id.to_string(), grant->expires_at};
}

std::optional<std::string> access_directory::basis_for(
    const principal& who, std::string_view agent, std::string_view capability,
    timestamp now) const {
  auto found = allowance_for(who, agent, capability, now);
  if (!found)
    return std::nullopt;
  return std::move(found->basis);
}

std::uint64_t access_directory::grants_taken_back() const {
  return impl_->grants_taken_back.load();
}

std::shared_ptr<const agent_record>
access_directory::find_agent(std::string_view did) const {
  std::shared_lock lock{impl_->mutex};
  auto found = impl_->agents.find(did);
  return found == impl_->agents.end() ? nullptr : found->second;
}

std::optional<user_record>
access_directory::find_user(std::string_view did) const {
  std::shared_lock lock{impl_->mutex};
  auto found = impl_->users.find(did);
  if (found == impl_->users.end())
    return std::nullopt;
  return found->second;
}

std::size_t access_directory::active_admins() const {
  std::shared_lock lock{impl_->mutex};
  return impl_->admins;
}

std::optional<key_record> access_directory::find_key(const key_id& id) const {
  std::shared_lock lock{impl_->mutex};
  const auto* key = impl_->keys.find(id);
  return key ? std::optional(key->as_record()) : std::nullopt;
}

std::optional<grant_record>
access_directory::find_grant(const grant_id& id) const {
  std::shared_lock lock{impl_->mutex};
  const auto* grant = impl_->grants.find(id);
  return grant ? std::optional(*grant) : std::nullopt;
}

std::size_t access_directory::keys_had(std::string_view user) const {
  std::shared_lock lock{impl_->mutex};
  return impl_->keys.of(user).size();
}

effective_policy access_directory::policy_for(
    const principal& who, std::string_view agent, timestamp now) const {
  std::shared_lock lock{impl_->mutex};
  return impl_->policies.resolve_for(who.user, who.groups, agent, now);
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
