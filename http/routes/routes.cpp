#include "http/message/router.hpp"
#include "http/routes/handlers.hpp"

#include <array>

namespace hansard {

namespace {

using enum route_access;

constexpr scope_set no_scope = 0;
constexpr auto chatting = static_cast<scope_set>(scope::chat);
constexpr auto reading = scope::read | scope::audit;
/// Whoever chats or reads.
constexpr scope_set either = chatting | reading;
constexpr auto administering = static_cast<scope_set>(scope::admin);
/// To read what administration has set.
constexpr auto overseeing = scope::admin | scope::audit;

struct route {
  route_info info;
  handler handle;
};

constexpr std::array table{
    route{{"GET", "/", open, no_scope}, handlers::about},
    route{{"GET", "/healthz", open, no_scope}, handlers::healthz},
    route{{"GET", "/readyz", open, no_scope}, handlers::readyz},
    route{{"GET", "/metrics", open, no_scope}, handlers::metrics},
    route{{"POST", "/api/chat", member, chatting}, handlers::post_chat},
    route{
        {"GET", "/api/chat/sessions", member, reading},
        handlers::list_sessions},
    route{
        {"GET", "/api/chat/sessions/{id}", member, reading},
        handlers::get_session},
    route{
        {"PATCH", "/api/chat/sessions/{id}", member, chatting},
        handlers::rename_session},
    route{
        {"GET", "/api/chat/sessions/{id}/messages", member, reading},
        handlers::get_messages},
    route{
        {"GET", "/api/chat/sessions/{id}/events", member, reading},
        handlers::get_events},
    route{
        {"GET", "/api/chat/sessions/{id}/stream", member, either},
        handlers::resume_stream},
    route{
        {"POST", "/api/chat/sessions/{id}/stop", member, chatting},
        handlers::stop_turn},
    route{{"GET", "/api/agents", member, either}, handlers::list_agents},
    route{
        {"POST", "/api/agents", admin, administering}, handlers::create_agent},
    route{{"GET", "/api/agents/{did}", member, either}, handlers::get_agent},
    route{
        {"PATCH", "/api/agents/{did}", admin, administering},
        handlers::change_agent},
    route{
        {"DELETE", "/api/agents/{did}", admin, administering},
        handlers::retire_agent},
    route{{"GET", "/api/users", admin, overseeing}, handlers::list_users},
    route{{"POST", "/api/users", admin, administering}, handlers::create_user},
    route{
        {"POST", "/api/users/{did}/keys", admin, administering},
        handlers::create_key},
    route{
        {"GET", "/api/users/{did}/grants", admin, overseeing},
        handlers::list_grants},
    route{
        {"POST", "/api/users/{did}/grants", admin, administering},
        handlers::create_grant},
    route{
        {"DELETE", "/api/users/{did}/grants/{grantId}", admin, administering},
        handlers::revoke_grant},
    route{
        {"GET", "/api/guardrails", admin, overseeing},
        handlers::list_guardrails},
    route{
        {"POST", "/api/guardrails", admin, administering},
        handlers::set_guardrail},
    route{
        {"GET", "/api/guardrails/{name}", admin, overseeing},
        handlers::get_guardrail},
    route{
        {"DELETE", "/api/guardrails/{name}", admin, administering},
        handlers::remove_guardrail},
    route{
        {"POST", "/api/guardrails/test", admin, administering},
        handlers::test_guardrails},
    route{{"GET", "/api/users/me", member, no_scope}, handlers::get_me},
    route{
        {"PATCH", "/api/users/{did}", admin, administering},
        handlers::change_user},
    route{
        {"DELETE", "/api/users/{did}", admin, administering},
        handlers::deactivate_user},
    route{
        {"GET", "/api/users/{did}/keys", admin, overseeing},
        handlers::list_keys},
    route{
        {"DELETE", "/api/users/{did}/keys/{keyId}", admin, administering},
        handlers::revoke_key},
    route{
        {"POST", "/api/tokens/revocations", admin, administering},
        handlers::revoke_tokens},
    route{
        {"DELETE", "/api/chat/sessions/{id}", member, chatting},
        handlers::delete_session},
    route{{"GET", "/api/policies", admin, overseeing}, handlers::list_policies},
    route{
        {"POST", "/api/policies", admin, administering}, handlers::set_policy},
    route{
        {"DELETE", "/api/policies/{id}", admin, administering},
        handlers::remove_policy},
    route{
        {"GET", "/api/groups/{name}/grants", admin, overseeing},
        handlers::list_group_grants},
    route{
        {"POST", "/api/groups/{name}/grants", admin, administering},
        handlers::create_group_grant},
    route{
        {"DELETE", "/api/groups/{name}/grants/{grantId}", admin, administering},
        handlers::revoke_group_grant},
    route{{"GET", "/api/users/{did}", admin, overseeing}, handlers::get_user},
    route{
        {"GET", "/api/policies/{id}", admin, overseeing}, handlers::get_policy},
    route{{"GET", "/api/groups", admin, overseeing}, handlers::list_groups},
    route{{"GET", "/api/usage", admin, overseeing}, handlers::list_usage},
    route{
        {"GET", "/api/users/me/usage", member, either}, handlers::get_my_usage},
    route{
        {"GET", "/api/users/{did}/usage", admin, overseeing},
        handlers::get_usage_of},
    route{
        {"GET", "/api/credentials", admin, overseeing},
        handlers::list_credentials},
    route{
        {"POST", "/api/credentials", admin, administering},
        handlers::set_credential},
    route{
        {"DELETE", "/api/credentials/{name}", admin, administering},
        handlers::remove_credential},
    route{
        {"POST", "/api/admin/reload", admin, administering},
        handlers::reload_configuration},
};

} // namespace

std::span<const route_info> routes() {
  static const auto infos = [] {
    std::array<route_info, table.size()> out;
    for (std::size_t i = 0; i < table.size(); ++i)
      out[i] = table[i].info;
    return out;
  }();
  return infos;
}

handler handler_of(std::size_t i) { return table[i].handle; }

} // namespace hansard
