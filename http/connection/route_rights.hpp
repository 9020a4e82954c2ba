#pragma once

#include "events/error.hpp"
#include "http/message/router.hpp"
#include "projections/directory/access.hpp"

#include <optional>

namespace hansard {

/// Why a caller's role does not let them call a route at all; nullopt: it does.
/// Admins may call all of them. Auditors may call whatever only reads (GET and
/// HEAD), administration too, and nothing that changes or begins something.
/// Members may call what is not administration. What they may do there is for
/// the handlers and the gatekeeper. Pure.
std::optional<error> refuse_role(const route_info& route, const principal& who);

} // namespace hansard
