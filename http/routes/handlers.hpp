#pragma once

#include "http/message/exchange.hpp"
#include "http/message/router.hpp"

namespace hansard {

/// The handler of routes()[i].
handler handler_of(std::size_t i);

// Each answers one route; what it does is in docs and http/README.md.
namespace handlers {

using boost::asio::awaitable;

awaitable<response> about(exchange& x);
awaitable<response> healthz(exchange& x);
awaitable<response> readyz(exchange& x);
awaitable<response> metrics(exchange& x);

awaitable<response> post_chat(exchange& x);
awaitable<response> resume_stream(exchange& x);
awaitable<response> stop_turn(exchange& x);

awaitable<response> list_sessions(exchange& x);
awaitable<response> get_session(exchange& x);
awaitable<response> rename_session(exchange& x);
awaitable<response> get_messages(exchange& x);
awaitable<response> get_events(exchange& x);

awaitable<response> create_agent(exchange& x);
awaitable<response> list_agents(exchange& x);
awaitable<response> get_agent(exchange& x);
awaitable<response> change_agent(exchange& x);
awaitable<response> retire_agent(exchange& x);

awaitable<response> create_user(exchange& x);
awaitable<response> list_users(exchange& x);
awaitable<response> create_key(exchange& x);
awaitable<response> create_grant(exchange& x);
awaitable<response> list_grants(exchange& x);
awaitable<response> revoke_grant(exchange& x);

awaitable<response> set_guardrail(exchange& x);
awaitable<response> list_guardrails(exchange& x);
awaitable<response> get_guardrail(exchange& x);
awaitable<response> remove_guardrail(exchange& x);
awaitable<response> test_guardrails(exchange& x);
awaitable<response> delete_session(exchange& x);
awaitable<response> list_policies(exchange& x);
awaitable<response> set_policy(exchange& x);
awaitable<response> remove_policy(exchange& x);
awaitable<response> list_group_grants(exchange& x);
awaitable<response> create_group_grant(exchange& x);
awaitable<response> revoke_group_grant(exchange& x);

awaitable<response> get_me(exchange& x);
awaitable<response> change_user(exchange& x);
awaitable<response> deactivate_user(exchange& x);
awaitable<response> list_keys(exchange& x);
awaitable<response> revoke_key(exchange& x);
awaitable<response> revoke_tokens(exchange& x);

awaitable<response> get_user(exchange& x);
awaitable<response> get_policy(exchange& x);
awaitable<response> list_groups(exchange& x);
awaitable<response> list_usage(exchange& x);
awaitable<response> get_my_usage(exchange& x);
awaitable<response> get_usage_of(exchange& x);
awaitable<response> list_credentials(exchange& x);
awaitable<response> set_credential(exchange& x);
awaitable<response> remove_credential(exchange& x);
awaitable<response> reload_configuration(exchange& x);

} // namespace handlers
} // namespace hansard
