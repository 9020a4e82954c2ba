#include "http/routes/tables.hpp"

#include <vector>

namespace hansard {

namespace {

struct route_tables {
  std::vector<route_info> infos;
  std::vector<handler> handles;

  route_tables() {
    using namespace handlers;
    for (auto table :
         {ops_routes(), reload_routes(), chat_routes(), session_routes(),
          agent_routes(), user_routes(), key_routes(), token_routes(),
          grant_routes(), group_routes(), guardrail_routes(), policy_routes(),
          credential_routes(), usage_routes()})
      for (const auto& one : table) {
        infos.push_back(one.info);
        handles.push_back(one.handle);
      }
  }
};

const route_tables& all_routes() {
  static const route_tables all;
  return all;
}

} // namespace

std::span<const route_info> routes() { return all_routes().infos; }

handler handler_of(std::size_t i) { return all_routes().handles[i]; }

std::optional<route_match>
find_route(std::string_view method, std::string_view target) {
  static const router all{routes()};
  return all.find(method, target);
}

} // namespace hansard
