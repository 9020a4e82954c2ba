#pragma once

#include "events/error.hpp"
#include "events/time.hpp"
#include "tools/hansard/admin/call.hpp"
#include "tools/hansard/apply/state.hpp"

#include <string>

namespace hansard {

/// Who asks: the DID that the server knows the key by.
result<std::string> fetch_self(const admin_ask& ask);

/// What a server has of the kinds that `wanted` speaks of.
/// @param all Grants of everybody, so that those can be removed that `wanted`
///        does not name; else those of its owners alone.
/// @returns as admin_client::ask().
result<apply_state> fetch_state(
    const admin_ask& ask, const apply_state& wanted, bool all, timestamp now);

} // namespace hansard
