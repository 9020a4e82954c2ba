#pragma once

#include "events/error.hpp"
#include "tools/hansard/admin/client.hpp"
#include "tools/hansard/apply/state.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What to do so that a server has what is wanted. Pure.
namespace hansard {

enum class apply_action { create, change, remove };

struct apply_change {
  std::string field;
  /// nullopt: there was none, or will be none.
  std::optional<boost::json::value> before;
  std::optional<boost::json::value> after;
};

/// One thing that is to become another, and the requests that make it so, in
/// their order.
struct apply_step {
  apply_action action = apply_action::create;
  apply_kind kind = apply_kind::agent;
  std::string name;
  std::vector<apply_change> changes{};
  std::vector<admin_call> calls{};
  /// Of what is changed or removed: where it can be seen, and how it was. Empty
  /// where nothing can have changed it meanwhile but its removal.
  std::string single{};
  boost::json::object seen{};
  /// Line of the file; empty for what the file does not name.
  std::string where{};
};

/// The steps, in an order that works and in which nobody may do more on the way
/// than at the end: what limits comes before those whom it limits and what
/// allows, and goes after them.
///
/// Grants of one owner for one agent are one thing: those that differ from the
/// wanted one go, also without `prune`.
/// @param self Who applies; never deactivated, nor deprived of its role.
/// @param prune Remove what `actual` has and `wanted` does not, of the kinds
///        that `wanted` speaks of.
/// @returns invalid_request: `wanted` would take `self` its rights.
result<std::vector<apply_step>> difference(
    const apply_state& wanted, const apply_state& actual, std::string_view self,
    bool prune);

} // namespace hansard
