#pragma once

#include "http/message/exchange.hpp"
#include "http/message/router.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <optional>

namespace hansard {

/// Judges a request by its head alone, before any of its body is read: the
/// route, who is calling, what their credential is for, whether a browser's
/// page was allowed to send it, the media type. Fills in what the handler needs
/// of `x`. Waits only where a token names a key that must be fetched first.
/// @returns nullopt: the handler is next.
boost::asio::awaitable<std::optional<response>> admit(
    exchange& x, std::optional<route_match>& match,
    const boost::asio::ip::address& peer);

/// What a request refused for its caller's sake is told: the same for every
/// reason.
error unauthenticated();

/// Whether what the caller showed may be used for a route.
bool may_use(const route_info& route, const principal& who);

} // namespace hansard
