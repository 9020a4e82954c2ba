#include "actors/administration.hpp"

#include <memory>
#include <utility>

namespace hansard {

namespace {

/// The event that sets a policy as the directory stands.
result<policy_set> decide_policy(
    const access_directory& access, const std::optional<policy_id>& id,
    const policy_id& fresh, const policy_spec& spec, const cause& by) {
  auto same_subject = access.find_policy(spec.scope, spec.subject);
  auto before = id ? access.find_policy(*id) : same_subject;
  if (id && !before)
    return make_error(ec::not_found, "There is no such policy.");
  if (id && same_subject && same_subject->ref.id != *id)
    return make_error(
        ec::already_exists, "Another policy is about this subject. Change or "
                            "remove that one.");
  policy_set out;
  out.id = before ? before->ref.id : fresh;
  out.version = before ? before->ref.version + 1 : 1;
  out.spec = spec;
  out.by = by;
  return out;
}

} // namespace

void administration::issue_group_grant(
    cause by, std::string group, std::string agent,
    std::vector<std::string> capabilities, std::optional<timestamp> expires_at,
    reply<grant_record> answer) {
  grant_record granted;
  granted.id = grant_id{new_id()};
  granted.group = group;
  granted.agent = agent;
  granted.capabilities = capabilities;
  granted.created_at = now();
  granted.expires_at = expires_at;
  grant_issued issued{
      granted.id,
      {},
      std::move(agent),
      std::move(capabilities),
      expires_at ? to_unix_us(*expires_at) : 0,
      std::move(by),
      std::move(group)};
  record(
      [issued](const access_directory& access) -> result<event> {
        auto known = access.find_agent(issued.agent);
        if (issued.agent != "*" && (!known || known->retired))
          return make_error(ec::not_found, "There is no such agent.");
        return event{issued};
      },
      [granted = std::move(granted),
       answer = std::move(answer)](result<void> done) {
        if (done)
          answer(granted);
        else
          answer(done.error());
      });
}

void administration::revoke_group_grant(
    cause by, std::string group, grant_id id, reply<std::monostate> answer) {
  record(
      [=](const access_directory& access) -> result<event> {
        for (const auto& grant : access.grants_of_group(group))
          if (grant.id == id && !grant.revoked)
            return event{grant_revoked{id, {}, by, group}};
        return make_error(
            ec::not_found, "The group has no such grant in force.");
      },
      [answer = std::move(answer)](result<void> done) {
        if (done)
          answer(std::monostate{});
        else
          answer(done.error());
      });
}

void administration::set_policy(
    cause by, std::optional<policy_id> id, policy_spec spec,
    reply<policy_record> answer) {
  // What the last decision said; decisions and `done` never overlap.
  auto decided = std::make_shared<policy_record>();
  decided->updated_at = now();
  record(
      [id, fresh = policy_id{new_id()}, spec = std::move(spec),
       by = std::move(by),
       decided](const access_directory& access) -> result<event> {
        auto set = decide_policy(access, id, fresh, spec, by);
        if (!set)
          return set.error();
        auto before = access.find_policy(set->id);
        decided->ref = {set->id, set->version};
        decided->spec = set->spec;
        decided->by = by.principal;
        decided->created_at = before ? before->created_at : decided->updated_at;
        return event{std::move(*set)};
      },
      [decided, answer = std::move(answer)](result<void> done) {
        if (done)
          answer(*decided);
        else
          answer(done.error());
      });
}

void administration::remove_policy(
    cause by, policy_id id, reply<std::monostate> answer) {
  record(
      [=](const access_directory& access) -> result<event> {
        if (!access.find_policy(id))
          return make_error(ec::not_found, "There is no such policy.");
        return event{policy_removed{id, by}};
      },
      [answer = std::move(answer)](result<void> done) {
        if (done)
          answer(std::monostate{});
        else
          answer(done.error());
      });
}

} // namespace hansard
