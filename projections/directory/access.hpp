#pragma once

#include "events/batch.hpp"
#include "projections/directory/access_records.hpp"
#include "projections/directory/policies.hpp"
#include "projections/lists/list_page.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// The read model of the control stream: agents, users, keys, grants, policies;
/// in memory, folded from the log at start and kept up by the registrar actor.
/// apply() from one thread; reads from any, also meanwhile; they see whole
/// events. Reads copy what they return (agents: shared, immutable).
class access_directory {
public:
  access_directory();
  ~access_directory();

  /// Folds one event of the control stream, in order; other types are ignored.
  void apply(const recorded_event& e);

  /// Version of the last event applied.
  stream_version version() const;

  /// The caller behind an API key, by the SHA-256 of its text; constant-time
  /// comparison. nullopt: unknown, revoked, expired at `now`, or its user is
  /// unknown or deactivated. Notes that the key was used.
  std::optional<principal>
  find_key(const std::array<std::uint8_t, 32>& sha256, timestamp now) const;

  /// The caller behind a verified cookie or token; the registry's role wins
  /// over the claimed one. nullopt: revoked, or the user is deactivated.
  std::optional<principal> find_claimed(const claimed_identity& who) const;

  /// Whether `who`, once found here, would be found again, as the same: their
  /// key or token is not revoked, they are active, their role is what it was.
  /// Expiry is not looked at.
  bool still_admits(const principal& who) const;
  /// Goes up with each event that can make still_admits() false. No lock.
  std::uint64_t revocations() const;
  /// Tokens and subjects of revocations that are remembered.
  std::size_t remembered_revocations() const;

  /// Keys whose last recorded use lies a day or more before their last use, at
  /// most `most`: what an api_keys_used event is to hold.
  std::vector<api_keys_used::use> unrecorded_uses(std::size_t most) const;

  /// Goes up with each grant that is revoked. No lock.
  std::uint64_t grants_taken_back() const;
  /// What allows `who` to use `capability` on `agent` at `now`: their role, or
  /// a grant, theirs or one of their groups'. nullopt: nothing does; an
  /// auditor's grants never do.
  std::optional<allowance> allowance_for(
      const principal& who, std::string_view agent, std::string_view capability,
      timestamp now) const;
  /// The basis of that alone.
  std::optional<std::string> basis_for(
      const principal& who, std::string_view agent, std::string_view capability,
      timestamp now) const;

  /// nullptr: never registered. A retired agent is returned, marked.
  std::shared_ptr<const agent_record> find_agent(std::string_view did) const;
  std::optional<user_record> find_user(std::string_view did) const;
  std::size_t active_admins() const;
  std::optional<key_record> find_key(const key_id& id) const;
  /// Keys that a user has ever had.
  std::size_t keys_had(std::string_view user) const;
  std::optional<grant_record> find_grant(const grant_id& id) const;

  // Lists, page by page. invalid_request: `after` is no place in the list.

  /// By their DIDs; retired ones too. A filter looks at DID and name.
  list_page<std::shared_ptr<const agent_record>>
  agents(const list_query& query) const;
  /// By their DIDs. A filter looks at DID and display name.
  list_page<user_record> users(const list_query& query) const;
  /// In the order in which they were issued, revoked ones too. A filter looks
  /// at id and label.
  result<list_page<key_record>>
  keys_of(std::string_view user, const list_query& query) const;
  /// Likewise. A filter looks at id and agent.
  result<list_page<grant_record>>
  grants_of(std::string_view user, const list_query& query) const;
  result<list_page<grant_record>>
  grants_of_group(std::string_view group, const list_query& query) const;
  /// By name: groups that have or had a grant, or have a policy. A filter looks
  /// at the name.
  list_page<group_record> groups(const list_query& query) const;
  /// In force at a moment, oldest policy first. A filter looks at id and
  /// subject.
  result<list_page<policy_record>>
  policies_at(timestamp at, const list_query& query) const;

  /// The policies in force at `now` for a principal and an agent, resolved.
  effective_policy
  policy_for(const principal& who, std::string_view agent, timestamp now) const;
  /// As policy_table has them.
  std::optional<policy_record> find_policy(const policy_id& id) const;
  std::optional<policy_record>
  find_policy(policy_scope scope, std::string_view subject) const;
  bool empty() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace hansard
