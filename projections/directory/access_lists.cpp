#include "projections/directory/access_state.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace hansard {

namespace {

error no_such_place() {
  return make_error(
      ec::invalid_request, "cursor: is not one that this server gave for this "
                           "list. Leave it out to list from the start.");
}

/// The id in `after`; `found` stays empty where that is.
template <class Id>
bool read_place(const std::string& after, std::optional<Id>& found) {
  if (after.empty())
    return true;
  found = Id::parse(after);
  return found.has_value();
}

/// The group that comes next, in either of the two tables.
std::optional<group_record> next_group(
    const grant_table& grants, const policy_table& policies,
    const std::string& after) {
  const auto& granted = grants.groups();
  auto one = after.empty() ? granted.begin() : granted.upper_bound(after);
  const auto* other = policies.next_about_group(after);
  if (one == granted.end() && !other)
    return std::nullopt;
  bool has_grants =
      one != granted.end() && (!other || one->first <= other->spec.subject);
  group_record out;
  out.name = has_grants ? one->first : other->spec.subject;
  if (has_grants)
    out.grants = one->second.unrevoked;
  if (other && other->spec.subject == out.name)
    out.policy = other->ref.id;
  return out;
}

/// @param find called with the lock held: whose they are, or nullptr.
template <class Find>
result<list_page<grant_record>> page_of_grants(
    std::shared_mutex& mutex, const grant_table& grants,
    const list_query& query, Find find) {
  bool misplaced = false;
  auto page = fill_page<grant_record>(
      mutex, query, [&](const std::string& after, auto offer) {
        const held_grants* theirs = find();
        std::optional<grant_id> last;
        misplaced = !read_place(after, last) || (last && !theirs);
        if (misplaced || !theirs)
          return false;
        std::size_t from = 0;
        if (last) {
          from = grants.place_in(*theirs, *last) + 1;
          misplaced = from > theirs->grants.size();
        }
        return walk_from(theirs->grants, from, [&](const grant_record& grant) {
          auto id = grant.id.to_string();
          return offer(id, {id, grant.agent}, [&] { return grant; });
        });
      });
  if (misplaced)
    return no_such_place();
  return page;
}

} // namespace

list_page<std::shared_ptr<const agent_record>>
access_directory::agents(const list_query& query) const {
  using entry = std::shared_ptr<const agent_record>;
  return fill_page<entry>(
      impl_->mutex, query, [&](const std::string& after, auto offer) {
        return walk_behind(impl_->agents, after, [&](const auto& one) {
          const auto& [did, agent] = one;
          return offer(
              did, {did, agent->spec.name}, [&agent = agent] { return agent; });
        });
      });
}

list_page<user_record> access_directory::users(const list_query& query) const {
  return fill_page<user_record>(
      impl_->mutex, query, [&](const std::string& after, auto offer) {
        return walk_behind(impl_->users, after, [&](const auto& one) {
          const auto& [did, user] = one;
          return offer(
              did, {did, user.display_name}, [&user = user] { return user; });
        });
      });
}

result<list_page<key_record>> access_directory::keys_of(
    std::string_view user, const list_query& query) const {
  bool misplaced = false;
  auto page = fill_page<key_record>(
      impl_->mutex, query, [&](const std::string& after, auto offer) {
        const auto& keys = impl_->keys.of(user);
        std::size_t from = 0;
        if (!after.empty()) {
          // A user has a thousand at most.
          auto last = std::find_if(keys.begin(), keys.end(), [&](auto& key) {
            return key->record.id.to_string() == after;
          });
          misplaced = last == keys.end();
          from = static_cast<std::size_t>(last - keys.begin()) + 1;
        }
        return walk_from(keys, from, [&](const auto& key) {
          auto id = key->record.id.to_string();
          return offer(
              id, {id, key->record.label}, [&] { return key->as_record(); });
        });
      });
  if (misplaced)
    return no_such_place();
  return page;
}

result<list_page<grant_record>> access_directory::grants_of(
    std::string_view user, const list_query& query) const {
  return page_of_grants(impl_->mutex, impl_->grants, query, [&] {
    return impl_->grants.of_user(user);
  });
}

result<list_page<grant_record>> access_directory::grants_of_group(
    std::string_view group, const list_query& query) const {
  return page_of_grants(impl_->mutex, impl_->grants, query, [&] {
    return impl_->grants.of_group(group);
  });
}

list_page<group_record>
access_directory::groups(const list_query& query) const {
  return fill_page<group_record>(
      impl_->mutex, query, [&](std::string after, auto offer) {
        while (auto group = next_group(impl_->grants, impl_->policies, after)) {
          if (!offer(group->name, {group->name}, [&] { return *group; }))
            return true;
          after = std::move(group->name);
        }
        return false;
      });
}

result<list_page<policy_record>>
access_directory::policies_at(timestamp at, const list_query& query) const {
  std::optional<policy_id> start;
  if (!read_place(query.after, start))
    return no_such_place();
  return fill_page<policy_record>(
      impl_->mutex, query, [&](const std::string& after, auto offer) {
        std::optional<policy_id> last;
        read_place(after, last);
        return impl_->policies.each_in_force(
            at, last, [&](const policy_record& policy) {
              auto id = policy.ref.id.to_string();
              return offer(
                  id, {id, policy.spec.subject}, [&] { return policy; });
            });
      });
}

} // namespace hansard
