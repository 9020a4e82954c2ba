#include "http/connection/route_rights.hpp"

namespace hansard {

std::optional<error>
refuse_role(const route_info& route, const principal& who) {
  if (route.access == route_access::open || who.role == user_role::admin)
    return std::nullopt;
  if (who.role == user_role::auditor) {
    if (route.method == "GET")
      return std::nullopt;
    return make_error(
        ec::forbidden, "Auditors read; they do not chat or change anything.");
  }
  if (route.access == route_access::admin)
    return make_error(ec::forbidden, "This takes an admin.");
  return std::nullopt;
}

} // namespace hansard
