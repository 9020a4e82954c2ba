#pragma once

#include "http/message/exchange.hpp"
#include "http/message/router.hpp"

#include <array>
#include <span>

namespace hansard {

/// A route and what answers it.
struct route {
  route_info info;
  handler handle = nullptr;
};

/// The handler of routes()[i].
handler handler_of(std::size_t i);

/// What each file of handlers serves; what a route does is in docs/ and
/// http/README.md. routes.cpp puts them together.
namespace handlers {

using boost::asio::awaitable;

inline constexpr scope_set no_scope = 0;
inline constexpr auto chatting = static_cast<scope_set>(scope::chat);
inline constexpr auto reading = scope::read | scope::audit;
/// Whoever chats or reads.
inline constexpr scope_set either = chatting | reading;
inline constexpr auto administering = static_cast<scope_set>(scope::admin);
/// To read what administration has set.
inline constexpr auto overseeing = scope::admin | scope::audit;

std::span<const route> ops_routes();
std::span<const route> reload_routes();
std::span<const route> chat_routes();
std::span<const route> session_routes();
std::span<const route> agent_routes();
std::span<const route> user_routes();
std::span<const route> key_routes();
std::span<const route> token_routes();
std::span<const route> grant_routes();
std::span<const route> group_routes();
std::span<const route> guardrail_routes();
std::span<const route> policy_routes();
std::span<const route> credential_routes();
std::span<const route> usage_routes();

} // namespace handlers
} // namespace hansard
