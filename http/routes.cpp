#include "http/handlers.hpp"
#include "http/router.hpp"

#include <array>

namespace hansard {

namespace {

using enum route_access;

struct route {
  route_info info;
  handler handle;
};

constexpr std::array table{
    route{{"GET", "/", open}, handlers::about},
    route{{"GET", "/healthz", open}, handlers::healthz},
    route{{"GET", "/readyz", open}, handlers::readyz},
    route{{"GET", "/metrics", open}, handlers::metrics},
    route{{"POST", "/api/chat", member}, handlers::post_chat},
    route{{"GET", "/api/chat/sessions", member}, handlers::list_sessions},
    route{{"GET", "/api/chat/sessions/{id}", member}, handlers::get_session},
    route{
        {"PATCH", "/api/chat/sessions/{id}", member}, handlers::rename_session},
    route{
        {"GET", "/api/chat/sessions/{id}/messages", member},
        handlers::get_messages},
    route{
        {"GET", "/api/chat/sessions/{id}/events", member},
        handlers::get_events},
    route{
        {"GET", "/api/chat/sessions/{id}/stream", member},
        handlers::resume_stream},
    route{
        {"POST", "/api/chat/sessions/{id}/stop", member}, handlers::stop_turn},
    route{{"GET", "/api/agents", member}, handlers::list_agents},
    route{{"POST", "/api/agents", admin}, handlers::create_agent},
    route{{"GET", "/api/agents/{did}", member}, handlers::get_agent},
    route{{"PATCH", "/api/agents/{did}", admin}, handlers::change_agent},
    route{{"DELETE", "/api/agents/{did}", admin}, handlers::retire_agent},
    route{{"GET", "/api/users", admin}, handlers::list_users},
    route{{"POST", "/api/users", admin}, handlers::create_user},
    route{{"POST", "/api/users/{did}/keys", admin}, handlers::create_key},
    route{{"GET", "/api/users/{did}/grants", admin}, handlers::list_grants},
    route{{"POST", "/api/users/{did}/grants", admin}, handlers::create_grant},
    route{
        {"DELETE", "/api/users/{did}/grants/{grantId}", admin},
        handlers::revoke_grant},
    route{{"GET", "/api/guardrails", admin}, handlers::list_guardrails},
    route{{"POST", "/api/guardrails", admin}, handlers::set_guardrail},
    route{{"GET", "/api/guardrails/{name}", admin}, handlers::get_guardrail},
    route{
        {"DELETE", "/api/guardrails/{name}", admin},
        handlers::remove_guardrail},
    route{{"POST", "/api/guardrails/test", admin}, handlers::test_guardrails},
    route{
        {"DELETE", "/api/chat/sessions/{id}", member},
        handlers::delete_session},
    route{{"GET", "/api/policies", admin}, handlers::list_policies},
    route{{"POST", "/api/policies", admin}, handlers::set_policy},
    route{{"DELETE", "/api/policies/{id}", admin}, handlers::remove_policy},
    route{
        {"GET", "/api/groups/{name}/grants", admin},
        handlers::list_group_grants},
    route{
        {"POST", "/api/groups/{name}/grants", admin},
        handlers::create_group_grant},
    route{
        {"DELETE", "/api/groups/{name}/grants/{grantId}", admin},
        handlers::revoke_group_grant},
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
