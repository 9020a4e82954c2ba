#pragma once

#include "http/message/exchange.hpp"
#include "projections/sessions/session_list.hpp"

#include <boost/asio/awaitable.hpp>

namespace hansard {

/// True if `who` may know of the session.
bool may_see(const principal& who, const session_summary& session);

/// The session, if the caller may know of it. Waits for the projections.
/// @returns no_such_session(), alike for a session that is not there and one
///          that is somebody else's: the same reads are made for both, and the
///          answer is held back until `hide_time` after the request came, so
///          that neither its bytes nor its time tell them apart.
boost::asio::awaitable<result<session_summary>>
find_session(exchange& x, session_id id);

/// The same question without the answer's row, for commands to a session's
/// actor: it may have to load a long conversation to say no. Callers who own
/// the session, or see all, do not wait for the projections.
boost::asio::awaitable<result<void>> may_enter(exchange& x, session_id id);

/// How a path's id that names no session is refused: as late as the others.
boost::asio::awaitable<error> hidden(exchange& x);

} // namespace hansard
