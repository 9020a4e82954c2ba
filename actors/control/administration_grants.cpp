#include "actors/control/administration.hpp"
#include "actors/control/administration_errors.hpp"

#include <utility>

namespace hansard {

namespace {

/// What a grant's event says, as the directory will have it.
grant_record record_of(const grant_issued& issued, timestamp at) {
  return {issued.id,    issued.user,
          issued.agent, issued.capabilities,
          at,           expiry_from(issued.expires_us),
          false,        issued.group};
}

} // namespace

void administration::issue_grant(
    cause by, std::string user, std::string agent,
    std::vector<std::string> capabilities, std::optional<timestamp> expires_at,
    reply<grant_record> answer) {
  issue(
      {grant_id{new_id()},
       std::move(user),
       std::move(agent),
       std::move(capabilities),
       expires_at ? to_unix_us(*expires_at) : 0,
       std::move(by),
       {}},
      std::move(answer));
}

void administration::issue_group_grant(
    cause by, std::string group, std::string agent,
    std::vector<std::string> capabilities, std::optional<timestamp> expires_at,
    reply<grant_record> answer) {
  issue(
      {grant_id{new_id()},
       {},
       std::move(agent),
       std::move(capabilities),
       expires_at ? to_unix_us(*expires_at) : 0,
       std::move(by),
       std::move(group)},
      std::move(answer));
}

void administration::issue(grant_issued issued, reply<grant_record> answer) {
  auto granted = record_of(issued, now());
  command_with(
      [issued =
           std::move(issued)](const access_directory& access) -> result<event> {
        if (issued.group.empty() && !access.find_user(issued.user))
          return no_such_user();
        auto known = access.find_agent(issued.agent);
        if (issued.agent != "*" && (!known || known->retired))
          return no_such_agent();
        return event{issued};
      },
      std::move(granted), std::move(answer));
}

void administration::revoke_grant(
    cause by, std::string user, grant_id id, reply<std::monostate> answer) {
  revoke({id, std::move(user), std::move(by), {}}, std::move(answer));
}

void administration::revoke_group_grant(
    cause by, std::string group, grant_id id, reply<std::monostate> answer) {
  revoke({id, {}, std::move(by), std::move(group)}, std::move(answer));
}

void administration::revoke(grant_revoked what, reply<std::monostate> answer) {
  command(
      [what =
           std::move(what)](const access_directory& access) -> result<event> {
        auto grant = access.find_grant(what.id);
        if (!grant || grant->revoked || grant->user != what.user
            || grant->group != what.group)
          return make_error(ec::not_found, "They have no such grant in force.");
        return event{what};
      },
      std::move(answer));
}

} // namespace hansard
