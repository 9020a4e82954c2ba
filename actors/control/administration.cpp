#include "actors/control/administration.hpp"

#include "actors/control/administration_errors.hpp"
#include "actors/guardrails/program.hpp"
#include "actors/secrets/api_key.hpp"
#include "projections/directory/token_revocations.hpp"

#include <utility>

namespace hansard {

namespace {

/// Nobody must lock everybody out.
bool is_last_admin(const access_directory& access, const user_record& user) {
  if (user.role != user_role::admin || !user.active)
    return false;
  return access.active_admins() == 1;
}

error last_admin() {
  return make_error(
      ec::forbidden,
      "This is the last active admin. Make somebody else one first.");
}

/// The agent in service that a command is about.
result<std::shared_ptr<const agent_record>> agent_to_change(
    const access_directory& access, const std::string& did,
    const precondition& expected) {
  auto known = access.find_agent(did);
  if (!known || known->retired)
    return no_such_agent();
  if (auto met = expected.check(tag_of(*known)); !met)
    return met.error();
  return known;
}

/// Likewise, the user.
result<user_record> user_to_change(
    const access_directory& access, const std::string& did,
    const precondition& expected) {
  auto known = access.find_user(did);
  if (!known)
    return no_such_user();
  if (auto met = expected.check(tag_of(*known)); !met)
    return met.error();
  return std::move(*known);
}

} // namespace

administration::decisions administration::all_of(decision one) {
  return [one = std::move(one)](
             const access_directory& access) -> result<std::vector<event>> {
    auto decided = one(access);
    if (!decided)
      return decided.error();
    std::vector<event> out;
    out.push_back(std::move(*decided));
    return out;
  };
}

void administration::command(decision decide, reply<std::monostate> answer) {
  command_with(std::move(decide), std::monostate{}, std::move(answer));
}

void administration::register_agent(
    cause by, agent_spec spec, reply<std::monostate> answer,
    precondition expected) {
  command(
      [=](const access_directory& access) -> result<event> {
        auto known = access.find_agent(spec.did);
        auto tag = known && !known->retired ? tag_of(*known) : std::string();
        if (auto met = expected.check(tag); !met)
          return met.error();
        if (!tag.empty())
          return make_error(
              ec::already_exists, "There is an agent with this did. Change it "
                                  "with PATCH /api/agents/:did.");
        return event{agent_registered{spec, by}};
      },
      std::move(answer));
}

void administration::reconfigure_agent(
    cause by, agent_spec spec, reply<std::monostate> answer,
    precondition expected) {
  command(
      [=](const access_directory& access) -> result<event> {
        auto known = agent_to_change(access, spec.did, expected);
        if (!known)
          return known.error();
        return event{agent_reconfigured{spec, by}};
      },
      std::move(answer));
}

void administration::retire_agent(
    cause by, std::string did, reply<std::monostate> answer,
    precondition expected) {
  command(
      [=](const access_directory& access) -> result<event> {
        auto known = agent_to_change(access, did, expected);
        if (!known)
          return known.error();
        return event{agent_retired{did, by}};
      },
      std::move(answer));
}

void administration::register_user(
    cause by, std::string did, std::string display_name, user_role role,
    reply<std::monostate> answer, precondition expected) {
  command(
      [=](const access_directory& access) -> result<event> {
        auto known = access.find_user(did);
        if (auto met = expected.check(known ? tag_of(*known) : ""); !met)
          return met.error();
        if (known)
          return make_error(
              ec::already_exists, "There is a user with this did.");
        return event{user_registered{did, display_name, role, by}};
      },
      std::move(answer));
}

void administration::change_user(
    cause by, std::string user, user_wish wish, reply<std::monostate> answer,
    precondition expected) {
  record_all(
      [=](const access_directory& access) -> result<std::vector<event>> {
        auto known = user_to_change(access, user, expected);
        if (!known)
          return known.error();
        auto role = wish.role.value_or(known->role);
        bool stays = wish.active.value_or(true) && role == user_role::admin;
        if (!stays && is_last_admin(access, *known))
          return last_admin();
        std::vector<event> out;
        if (wish.active && *wish.active)
          out.emplace_back(user_reactivated{user, by});
        else if (wish.active)
          out.emplace_back(user_deactivated{user, by});
        if (wish.display_name || wish.role)
          out.emplace_back(user_changed{
              user, wish.display_name.value_or(known->display_name), role, by});
        return out;
      },
      [answer = std::move(answer)](result<void> done) {
        if (done)
          answer(std::monostate{});
        else
          answer(done.error());
      });
}

void administration::set_user_active(
    cause by, std::string user, bool active, reply<std::monostate> answer,
    precondition expected) {
  change_user(
      std::move(by), std::move(user), {.active = active}, std::move(answer),
      std::move(expected));
}

void administration::issue_key(
    cause by, key_wish wish, reply<issued_key> answer) {
  issued_key key;
  key.text = wish.text.empty() ? make_api_key() : std::move(wish.text);
  key.record.id = key_id{new_id()};
  key.record.user = std::move(wish.user);
  key.record.label = std::move(wish.label);
  key.record.sha256 = sha256(key.text);
  key.record.created_at = now();
  key.record.expires_at = wish.expires_at;
  key.record.scopes = wish.scopes;
  api_key_issued issued;
  issued.id = key.record.id;
  issued.user = key.record.user;
  issued.label = key.record.label;
  issued.sha256 = key.record.sha256;
  issued.expires_us = wish.expires_at ? to_unix_us(*wish.expires_at) : 0;
  issued.by = std::move(by);
  issued.scopes = wish.scopes;
  command_with(
      [issued](const access_directory& access) -> result<event> {
        if (!access.find_user(issued.user))
          return no_such_user();
        if (access.keys_had(issued.user) >= max_keys_of_user)
          return make_error(
              ec::too_large, "The user has had a thousand keys. Register "
                             "another user for what needs so many.");
        return event{issued};
      },
      std::move(key), std::move(answer));
}

void administration::revoke_key(
    cause by, std::string user, key_id id, reply<std::monostate> answer) {
  command(
      [=](const access_directory& access) -> result<event> {
        auto key = access.find_key(id);
        if (!key || key->user != user || key->revoked)
          return make_error(
              ec::not_found, "The user has no such key in force.");
        return event{api_key_revoked{id, user, by}};
      },
      std::move(answer));
}

void administration::revoke_tokens(
    cause by, tokens_revoked what, reply<std::monostate> answer) {
  what.by = std::move(by);
  command(
      [what](const access_directory& access) -> result<event> {
        if (token_revocations::takes_room(what)
            && access.remembered_revocations()
                   >= token_revocations::max_entries)
          return make_error(
              ec::too_large,
              "A million revocations are remembered. Revoke all tokens issued "
              "before an instant, or change the secret.");
        return event{what};
      },
      std::move(answer));
}

void administration::record_key_uses() {
  record(
      [](const access_directory& access) -> result<event> {
        auto uses = access.unrecorded_uses(max_recorded_uses);
        if (uses.empty())
          return make_error(ec::not_found, "There is nothing to record.");
        return event{api_keys_used{std::move(uses)}};
      },
      [](result<void>) {});
}

void administration::set_guardrail(
    cause by, guardrail_spec rule, reply<std::monostate> answer,
    precondition expected) {
  if (auto usable = check_rule(rule); !usable) {
    answer(usable.error());
    return;
  }
  command(
      [=, &rules = guardrails()](const access_directory&) -> result<event> {
        auto known = rules.find(rule.name);
        if (auto met = expected.check(known ? tag_of(*known) : ""); !met)
          return met.error();
        if (rules.rules()->size() >= guardrail_directory::max_rules && !known)
          return make_error(
              ec::too_large, "There are 256 guardrails already. Remove some, "
                             "or give one more patterns.");
        return event{guardrail_set{rule, by}};
      },
      std::move(answer));
}

void administration::remove_guardrail(
    cause by, std::string name, reply<std::monostate> answer,
    precondition expected) {
  command(
      [=, &rules = guardrails()](const access_directory&) -> result<event> {
        auto known = rules.find(name);
        if (!known)
          return make_error(ec::not_found, "There is no such guardrail.");
        if (auto met = expected.check(tag_of(*known)); !met)
          return met.error();
        return event{guardrail_removed{name, by}};
      },
      std::move(answer));
}

} // namespace hansard
