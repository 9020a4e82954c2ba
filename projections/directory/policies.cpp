#include "projections/directory/policies.hpp"

#include "projections/directory/access_records.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

namespace hansard {

namespace {

/// One scope's word on a member that is a number: the least of its policies'.
template <class T, class U>
void least(
    std::optional<ruled<T>>& out, const std::optional<U>& value,
    const policy_record& policy) {
  if (value && (!out || *value < out->value))
    out =
        ruled<T>{*value, policy.ref, policy.spec.scope == policy_scope::agent};
}

template <class T>
void all(
    std::vector<ruled<T>>& out, const std::optional<T>& value,
    const policy_record& policy) {
  if (value)
    out.push_back({*value, policy.ref, false});
}

/// Adds what one policy says to what others of its scope say.
void add(effective_policy& out, const policy_record& policy) {
  const auto& rules = policy.spec.rules;
  least(out.requests_per_minute, rules.max_requests_per_minute, policy);
  least(out.requests_per_hour, rules.max_requests_per_hour, policy);
  least(out.concurrent_streams, rules.max_concurrent_streams, policy);
  least(out.tokens_per_day, rules.max_tokens_per_day, policy);
  least(out.tokens_per_month, rules.max_tokens_per_month, policy);
  least(out.input_chars, rules.max_input_chars, policy);
  least(out.output_tokens, rules.max_output_tokens, policy);
  least(out.turn_seconds, rules.max_turn_seconds, policy);
  all(out.models, rules.allowed_models, policy);
  all(out.roles, rules.allowed_roles, policy);
  all(out.hours, rules.hours, policy);
}

template <class T>
void fall_back(std::optional<T>& out, std::optional<T>&& general) {
  if (!out)
    out = std::move(general);
}

template <class T>
void fall_back(std::vector<T>& out, std::vector<T>&& general) {
  if (out.empty())
    out = std::move(general);
}

/// Takes from a more general scope what `out` does not say.
void fall_back(effective_policy& out, effective_policy&& general) {
  fall_back(out.requests_per_minute, std::move(general.requests_per_minute));
  fall_back(out.requests_per_hour, std::move(general.requests_per_hour));
  fall_back(out.concurrent_streams, std::move(general.concurrent_streams));
  fall_back(out.tokens_per_day, std::move(general.tokens_per_day));
  fall_back(out.tokens_per_month, std::move(general.tokens_per_month));
  fall_back(out.input_chars, std::move(general.input_chars));
  fall_back(out.output_tokens, std::move(general.output_tokens));
  fall_back(out.turn_seconds, std::move(general.turn_seconds));
  fall_back(out.models, std::move(general.models));
  fall_back(out.roles, std::move(general.roles));
  fall_back(out.hours, std::move(general.hours));
}

} // namespace

std::vector<policy_ref> effective_policy::sources() const {
  std::vector<policy_ref> out;
  auto one = [&out](const auto& limit) {
    if (limit)
      out.push_back(limit->from);
  };
  auto many = [&out](const auto& list) {
    for (const auto& rule : list)
      out.push_back(rule.from);
  };
  one(requests_per_minute);
  one(requests_per_hour);
  one(concurrent_streams);
  one(tokens_per_day);
  one(tokens_per_month);
  one(input_chars);
  one(output_tokens);
  one(turn_seconds);
  many(models);
  many(roles);
  many(hours);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

effective_policy resolve(
    const policy_record* global, const policy_record* agent,
    std::span<const policy_record* const> groups, const policy_record* user) {
  effective_policy out;
  if (user)
    add(out, *user);
  effective_policy shared;
  for (const auto* group : groups)
    add(shared, *group);
  fall_back(out, std::move(shared));
  for (const auto* general : {agent, global}) {
    if (!general)
      continue;
    effective_policy said;
    add(said, *general);
    fall_back(out, std::move(said));
  }
  return out;
}

struct policy_table::impl {
  struct version {
    policy_record record;
    bool removed = false;
  };
  using history = std::vector<version>;

  using by_subject = std::map<std::string, const history*, std::less<>>;

  /// In the order in which they were first set; none ever leaves.
  std::map<policy_id, history> policies;
  std::array<by_subject, 4> current;

  by_subject& subjects(policy_scope scope) {
    return current[static_cast<std::size_t>(scope)];
  }

  const policy_record*
  newest(policy_scope scope, std::string_view subject) const {
    const auto& subjects = current[static_cast<std::size_t>(scope)];
    if (subjects.empty())
      return nullptr;
    auto found = subjects.find(subject);
    return found == subjects.end() ? nullptr : &found->second->back().record;
  }

  static const policy_record* in_force(const history& history, timestamp at);

  const policy_record*
  valid(policy_scope scope, std::string_view subject, timestamp now) const {
    const auto* record = newest(scope, subject);
    return record && !is_over(expiry_from(record->spec.expires_us), now)
               ? record
               : nullptr;
  }
};

policy_table::policy_table() : impl_(std::make_unique<impl>()) {}
policy_table::~policy_table() = default;

void policy_table::apply(timestamp at, const policy_set& e) {
  auto& history = impl_->policies[e.id];
  if (!history.empty() && !history.back().removed) {
    const auto& old = history.back().record.spec;
    impl_->subjects(old.scope).erase(old.subject);
  }
  policy_record record;
  record.ref = {e.id, e.version};
  record.spec = e.spec;
  record.created_at = history.empty() ? at : history.front().record.updated_at;
  record.updated_at = at;
  record.by = e.by.principal;
  history.push_back({std::move(record), false});
  impl_->subjects(e.spec.scope).insert_or_assign(e.spec.subject, &history);
}

void policy_table::apply(timestamp at, const policy_removed& e) {
  auto found = impl_->policies.find(e.id);
  if (found == impl_->policies.end() || found->second.back().removed)
    return;
  auto& history = found->second;
  const auto& old = history.back().record;
  impl_->subjects(old.spec.scope).erase(old.spec.subject);
  auto gone = old;
  gone.updated_at = at;
  gone.by = e.by.principal;
  history.push_back({std::move(gone), true});
}

effective_policy policy_table::resolve_for(
    std::string_view user, std::span<const std::string> groups,
    std::string_view agent, timestamp now) const {
  std::vector<const policy_record*> theirs;
  for (const auto& group : groups)
    if (const auto* found = impl_->valid(policy_scope::group, group, now))
      theirs.push_back(found);
  return resolve(
      impl_->valid(policy_scope::global, {}, now),
      impl_->valid(policy_scope::agent, agent, now), theirs,
      impl_->valid(policy_scope::user, user, now));
}

const policy_record*
policy_table::impl::in_force(const impl::history& history, timestamp at) {
  // In the order of the log, which a clock that was set back does not change.
  const impl::version* last = nullptr;
  for (const auto& version : history)
    if (version.record.updated_at <= at)
      last = &version;
  return last && !last->removed
                 && !is_over(expiry_from(last->record.spec.expires_us), at)
             ? &last->record
             : nullptr;
}

bool policy_table::each_in_force(
    timestamp at, const std::optional<policy_id>& after,
    const std::function<bool(const policy_record&)>& visit) const {
  const auto& all = impl_->policies;
  for (auto i = after ? all.upper_bound(*after) : all.begin(); i != all.end();
       ++i) {
    const auto* record = impl::in_force(i->second, at);
    if (record && !visit(*record))
      return true;
  }
  return false;
}

const policy_record*
policy_table::next_about_group(const std::string& after) const {
  const auto& groups = impl_->subjects(policy_scope::group);
  auto found = after.empty() ? groups.begin() : groups.upper_bound(after);
  return found == groups.end() ? nullptr : &found->second->back().record;
}

std::optional<policy_record> policy_table::find(const policy_id& id) const {
  auto found = impl_->policies.find(id);
  if (found == impl_->policies.end() || found->second.back().removed)
    return std::nullopt;
  return found->second.back().record;
}

std::optional<policy_record>
policy_table::find(policy_scope scope, std::string_view subject) const {
  const auto* record = impl_->newest(scope, subject);
  if (!record)
    return std::nullopt;
  return *record;
}

} // namespace hansard
