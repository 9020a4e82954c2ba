#include "projections/access.hpp"

#include "projections/token_revocations.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace hansard {

namespace {

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

template <class Value>
using by_text =
    std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;

std::optional<timestamp> expiry_from(std::int64_t us) {
  if (us == 0)
    return std::nullopt;
  return from_unix_us(us);
}

bool is_over(const std::optional<timestamp>& expires_at, timestamp now) {
  return expires_at && *expires_at <= now;
}

/// A bucket of the key table. To find it by a hash of the key's SHA-256 tells
/// an attacker nothing: they can't choose the digest of a key they do not know.
std::uint64_t bucket_of(const std::array<std::uint8_t, 32>& sha256) {
  std::uint64_t bucket;
  std::memcpy(&bucket, sha256.data(), sizeof bucket);
  return bucket;
}

/// A key, and what changes about it. Its last use is noted by readers.
struct held_key {
  explicit held_key(key_record r) : record(std::move(r)) {}

  key_record as_record() const {
    auto out = record;
    if (auto us = used_us.load(std::memory_order_relaxed))
      out.last_used_at = from_unix_us(us);
    return out;
  }

  key_record record;
  mutable std::atomic<std::int64_t> used_us{0};
  std::int64_t recorded_us = 0;
};

/// The grants of one user or group, in the order in which they were issued.
struct held_grants {
  std::vector<grant_record> grants;
  /// Places in `grants`, by the agent that they name.
  by_text<std::vector<std::size_t>> by_agent;
};

bool allows(
    const grant_record& grant, std::string_view capability, timestamp now) {
  return !grant.revoked && !is_over(grant.expires_at, now)
         && std::find(
                grant.capabilities.begin(), grant.capabilities.end(),
                capability)
                != grant.capabilities.end();
}

} // namespace

struct access_directory::impl {
  mutable std::shared_mutex mutex;
  stream_version version;
  by_text<std::shared_ptr<const agent_record>> agents;
  std::map<std::string, user_record, std::less<>> users;
  by_text<std::vector<std::shared_ptr<held_key>>> keys_by_user;
  std::unordered_multimap<std::uint64_t, std::shared_ptr<held_key>> keys;
  std::unordered_map<key_id, std::shared_ptr<held_key>> keys_by_id;
  token_revocations tokens;
  std::atomic<std::uint64_t> revocations{0};
  by_text<held_grants> grants;
  by_text<held_grants> group_grants;
  /// Whose a grant is, and its place among theirs. The values of an
  /// unordered_map stay where they are.
  std::unordered_map<grant_id, std::pair<held_grants*, std::size_t>>
      grant_places;
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
    auto key = std::make_shared<held_key>(key_record{
        body.id, body.user, body.label, body.sha256, e.at,
        expiry_from(body.expires_us),
        static_cast<scope_set>(body.scopes & all_scopes)});
    keys_by_user[body.user].push_back(key);
    keys_by_id.emplace(body.id, key);
    keys.emplace(bucket_of(body.sha256), std::move(key));
  }
  void fold(const recorded_event&, const api_key_revoked& body) {
    auto found = keys_by_id.find(body.id);
    if (found == keys_by_id.end())
      return;
    found->second->record.revoked = true;
    ++revocations;
  }
  void fold(const recorded_event&, const api_keys_used& body) {
    for (const auto& use : body.uses) {
      auto found = keys_by_id.find(use.id);
      if (found == keys_by_id.end())
        continue;
      auto& key = *found->second;
      key.recorded_us = std::max(key.recorded_us, use.at_us);
      if (key.used_us < use.at_us)
        key.used_us = use.at_us;
    }
  }
  void fold(const recorded_event&, const tokens_revoked& body) {
    tokens.fold(body);
    ++revocations;
  }
  void fold(const recorded_event& e, const grant_issued& body) {
    auto& theirs =
        body.group.empty() ? grants[body.user] : group_grants[body.group];
    auto place = theirs.grants.size();
    if (!grant_places.try_emplace(body.id, &theirs, place).second)
      return;
    theirs.grants.push_back(grant_record{
        body.id, body.user, body.agent, body.capabilities, e.at,
        expiry_from(body.expires_us), false, body.group});
    theirs.by_agent[body.agent].push_back(place);
  }
  void fold(const recorded_event&, const grant_revoked& body) {
    // By its id alone: a revocation must not fail over a misspelt user.
    auto found = grant_places.find(body.id);
    if (found == grant_places.end())
      return;
    const auto& [holder, place] = found->second;
    holder->grants[place].revoked = true;
  }
  void fold(const recorded_event& e, const policy_set& body) {
    policies.apply(e.at, body);
  }
  void fold(const recorded_event& e, const policy_removed& body) {
    policies.apply(e.at, body);
  }
  template <class Other>
  void fold(const recorded_event&, const Other&) {}

  /// The first grant for `agent`, as it is spelt, that allows it.
  const grant_record* find_grant(
      const held_grants& theirs, std::string_view agent,
      std::string_view capability, timestamp now) const {
    auto found = theirs.by_agent.find(agent);
    if (found == theirs.by_agent.end())
      return nullptr;
    for (auto place : found->second)
      if (allows(theirs.grants[place], capability, now))
        return &theirs.grants[place];
    return nullptr;
  }

  /// The first grant that `holder` has for it, by name or for all agents.
  const grant_record* find_grant(
      const by_text<held_grants>& holders, std::string_view holder,
      std::string_view agent, std::string_view capability,
      timestamp now) const {
    auto theirs = holders.find(holder);
    if (theirs == holders.end())
      return nullptr;
    auto* grant = find_grant(theirs->second, agent, capability, now);
    return grant ? grant : find_grant(theirs->second, "*", capability, now);
  }
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
  auto [begin, end] = impl_->keys.equal_range(bucket_of(sha256));
  for (auto i = begin; i != end; ++i) {
    const auto& key = i->second->record;
    if (CRYPTO_memcmp(key.sha256.data(), sha256.data(), sha256.size()) != 0
        || key.revoked || is_over(key.expires_at, now))
      continue;
    auto user = impl_->users.find(key.user);
    if (user == impl_->users.end() || !user->second.active)
      continue;
    i->second->used_us.store(to_unix_us(now), std::memory_order_relaxed);
    principal who;
    who.user = key.user;
    who.role = role_within(user->second.role, key.scopes);
    who.key = key.id;
    who.scopes = key.scopes;
    return who;
  }
  return std::nullopt;
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
  auto key = impl_->keys_by_id.find(who.key);
  return known && key != impl_->keys_by_id.end()
         && !key->second->record.revoked;
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
  constexpr std::int64_t day_us = 24ll * 3600 * 1'000'000;
  std::shared_lock lock{impl_->mutex};
  std::vector<api_keys_used::use> uses;
  for (const auto& [id, key] : impl_->keys_by_id) {
    auto used = key->used_us.load(std::memory_order_relaxed);
    if (used - key->recorded_us < day_us)
      continue;
    uses.push_back({id, used});
    if (uses.size() >= most)
      break;
  }
  return uses;
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
      impl_->find_grant(impl_->grants, who.user, agent, capability, now);
  for (const auto& group : who.groups)
    if (!grant && !impl_->group_grants.empty())
      grant =
          impl_->find_grant(impl_->group_grants, group, agent, capability, now);
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
  auto found = impl_->keys_by_user.find(user);
  if (found == impl_->keys_by_user.end())
    return {};
  std::vector<key_record> all;
  all.reserve(found->second.size());
  for (const auto& key : found->second)
    all.push_back(key->as_record());
  return all;
}

std::vector<grant_record>
access_directory::grants_of(std::string_view user) const {
  std::shared_lock lock{impl_->mutex};
  auto found = impl_->grants.find(user);
  if (found == impl_->grants.end())
    return {};
  return found->second.grants;
}

std::vector<grant_record>
access_directory::grants_of_group(std::string_view group) const {
  std::shared_lock lock{impl_->mutex};
  auto found = impl_->group_grants.find(group);
  if (found == impl_->group_grants.end())
    return {};
  return found->second.grants;
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
         && impl_->grant_places.empty();
}

} // namespace hansard
