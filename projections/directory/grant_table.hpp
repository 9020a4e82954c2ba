#pragma once

#include "events/facts/control_events.hpp"
#include "projections/directory/access_records.hpp"
#include "projections/directory/text_table.hpp"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hansard {

/// The grants of one user or group.
struct held_grants {
  /// In the order in which they were issued; revoked ones stay.
  std::vector<grant_record> grants;
  /// Places in `grants`, by the agent that they name.
  by_text<std::vector<std::size_t>> by_agent;
  /// Of them, those that were not revoked.
  std::size_t unrevoked = 0;
};

/// All grants. Not thread-safe: access_directory keeps one behind its lock.
class grant_table {
public:
  void apply(timestamp at, const grant_issued& e);
  /// False: there is no such grant.
  bool apply(const grant_revoked& e);

  /// The first grant in force that allows it, by name or for all agents: of the
  /// user, else of the groups in turn. nullptr: none does.
  const grant_record* find_allowing(
      std::string_view user, std::span<const std::string> groups,
      std::string_view agent, std::string_view capability, timestamp now) const;

  const grant_record* find(const grant_id& id) const;
  /// nullptr: they never had one.
  const held_grants* of_user(std::string_view user) const;
  const held_grants* of_group(std::string_view group) const;
  /// All that ever had one.
  const std::map<std::string, held_grants, std::less<>>& groups() const {
    return groups_;
  }
  /// Where a grant stands among those of `theirs`; their number: it is not
  /// theirs.
  std::size_t place_in(const held_grants& theirs, const grant_id& id) const;
  bool empty() const { return places_.empty(); }

private:
  by_text<held_grants> users_;
  std::map<std::string, held_grants, std::less<>> groups_;
  /// Whose a grant is, and its place among theirs. The values of both tables
  /// stay where they are.
  std::unordered_map<grant_id, std::pair<held_grants*, std::size_t>> places_;
};

} // namespace hansard
