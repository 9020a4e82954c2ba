#include "projections/directory/grant_table.hpp"

#include <algorithm>

namespace hansard {

namespace {

bool allows(
    const grant_record& grant, std::string_view capability, timestamp now) {
  return !grant.revoked && !is_over(grant.expires_at, now)
         && std::find(
                grant.capabilities.begin(), grant.capabilities.end(),
                capability)
                != grant.capabilities.end();
}

/// The first grant for `agent`, as it is spelt, that allows it.
const grant_record* find_spelt(
    const held_grants& theirs, std::string_view agent,
    std::string_view capability, timestamp now) {
  auto found = theirs.by_agent.find(agent);
  if (found == theirs.by_agent.end())
    return nullptr;
  for (auto place : found->second)
    if (allows(theirs.grants[place], capability, now))
      return &theirs.grants[place];
  return nullptr;
}

const grant_record* find_among(
    const held_grants* theirs, std::string_view agent,
    std::string_view capability, timestamp now) {
  if (!theirs)
    return nullptr;
  auto* grant = find_spelt(*theirs, agent, capability, now);
  return grant ? grant : find_spelt(*theirs, "*", capability, now);
}

} // namespace

void grant_table::apply(timestamp at, const grant_issued& e) {
  auto& theirs = e.group.empty() ? users_[e.user] : groups_[e.group];
  auto place = theirs.grants.size();
  if (!places_.try_emplace(e.id, &theirs, place).second)
    return;
  theirs.grants.push_back(grant_record{
      e.id, e.user, e.agent, e.capabilities, at, expiry_from(e.expires_us),
      false, e.group});
  theirs.by_agent[e.agent].push_back(place);
  ++theirs.unrevoked;
}

bool grant_table::apply(const grant_revoked& e) {
  // By its id alone: a revocation must not fail over a misspelt user.
  auto found = places_.find(e.id);
  if (found == places_.end())
    return false;
  const auto& [holder, place] = found->second;
  if (!std::exchange(holder->grants[place].revoked, true))
    --holder->unrevoked;
  return true;
}

const grant_record* grant_table::find_allowing(
    std::string_view user, std::span<const std::string> groups,
    std::string_view agent, std::string_view capability, timestamp now) const {
  auto* grant = find_among(of_user(user), agent, capability, now);
  if (!grant && !groups_.empty())
    for (const auto& group : groups)
      if ((grant = find_among(of_group(group), agent, capability, now)))
        break;
  return grant;
}

const grant_record* grant_table::find(const grant_id& id) const {
  auto found = places_.find(id);
  return found == places_.end()
             ? nullptr
             : &found->second.first->grants[found->second.second];
}

const held_grants* grant_table::of_user(std::string_view user) const {
  auto found = users_.find(user);
  return found == users_.end() ? nullptr : &found->second;
}

const held_grants* grant_table::of_group(std::string_view group) const {
  auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : &found->second;
}

std::size_t
grant_table::place_in(const held_grants& theirs, const grant_id& id) const {
  auto found = places_.find(id);
  return found == places_.end() || found->second.first != &theirs
             ? theirs.grants.size()
             : found->second.second;
}

} // namespace hansard
