#include "tools/hansard/serve/bootstrap.hpp"

#include "actors/secrets/api_key.hpp"
#include "tools/hansard/serve/wait_for.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <utility>

namespace hansard {
namespace {

/// The key that an earlier start wrote and did not get to register, or a new
/// one, written.
result<std::string> written_key(const data_folder& folder) {
  std::string text;
  std::ifstream in(folder.admin_key());
  if (std::getline(in, text) && text.size() >= min_admin_key_bytes)
    return text;
  auto key = make_api_key();
  // Before it is registered: a key that nobody can read is worth nothing.
  if (auto done = write_secret(folder.admin_key(), key + "\n"); !done)
    return done.error();
  return key;
}

result<void> check_chosen(const std::string& key) {
  if (key.size() < min_admin_key_bytes)
    return make_error(
        ec::invalid_request, fmt::format(
                                 "HANSARD_ADMIN_KEY has {} characters; it "
                                 "needs at least {}. Unset it "
                                 "for a random one.",
                                 key.size(), min_admin_key_bytes));
  // What an Authorization header can carry (RFC 6750 §2.1).
  for (unsigned char c : key)
    if (c <= 0x20 || c >= 0x7f)
      return make_error(
          ec::invalid_request,
          "HANSARD_ADMIN_KEY has a character that no header can carry; use "
          "letters, digits and punctuation of ASCII.");
  return {};
}

} // namespace

result<std::optional<first_key>> ensure_admin(
    controller& actors, const std::optional<std::string>& chosen,
    const data_folder& folder) {
  const std::string admin(first_admin);
  if (actors.access().keys_had(admin) > 0)
    return std::optional<first_key>{};
  if (chosen)
    if (auto good = check_chosen(*chosen); !good)
      return good.error();
  if (!actors.access().find_user(admin)) {
    auto registered = wait_for<std::monostate>([&](auto done) {
      actors.register_user(
          by_server(), admin, "First administrator", user_role::admin, done);
    });
    if (!registered)
      return registered.error();
  }
  auto text = chosen ? result<std::string>(*chosen) : written_key(folder);
  if (!text)
    return text.error();
  auto issued = wait_for<issued_key>([&](auto done) {
    key_wish wish{admin, "first key"};
    wish.text = *text;
    actors.issue_key(by_server(), std::move(wish), done);
  });
  if (!issued)
    return issued.error();
  return std::optional<first_key>(
      {*text, chosen ? std::string() : folder.admin_key()});
}

cause by_server() { return {std::string(server_principal), {}}; }

namespace {

using names = std::vector<std::string>;

result<void> ensure_agents(
    controller& actors, const std::vector<agent_spec>& agents, const cause& by,
    names& changed) {
  auto wanted = agents;
  if (wanted.empty() && actors.access().agents({{}, 1}).entries.empty()) {
    agent_spec demo;
    demo.did = demo_agent;
    demo.name = "demo";
    demo.provider = "demo";
    demo.model = "demo";
    wanted.push_back(std::move(demo));
  }
  for (auto& agent : wanted) {
    const auto known = actors.access().find_agent(agent.did);
    if (known && !known->retired && known->spec == agent)
      continue;
    auto name = "agent " + agent.did;
    auto done = wait_for<std::monostate>([&](auto answer) {
      // Who was retired is registered anew: the file says that it is wanted.
      if (known && !known->retired)
        actors.reconfigure_agent(by, std::move(agent), answer);
      else
        actors.register_agent(by, std::move(agent), answer);
    });
    if (!done)
      return done.error();
    changed.push_back(std::move(name));
  }
  return {};
}

result<void> ensure_policies(
    controller& actors, const std::vector<policy_spec>& policies,
    const cause& by, names& changed) {
  for (const auto& policy : policies) {
    const auto known =
        actors.access().find_policy(policy.scope, policy.subject);
    if (known && known->spec == policy)
      continue;
    auto done = wait_for<policy_record>([&](auto answer) {
      actors.set_policy(by, std::nullopt, policy, answer);
    });
    if (!done)
      return done.error();
    std::string name = "policy ";
    name += to_string(policy.scope);
    changed.push_back(
        policy.subject.empty() ? name : name + ' ' + policy.subject);
  }
  return {};
}

result<void> ensure_guardrails(
    controller& actors, const std::vector<guardrail_spec>& rules,
    const cause& by, names& changed) {
  for (const auto& rule : rules) {
    const auto known = actors.guardrails().find(rule.name);
    if (known && known->spec == rule)
      continue;
    auto done = wait_for<std::monostate>(
        [&](auto answer) { actors.set_guardrail(by, rule, answer); });
    if (!done)
      return done.error();
    changed.push_back("guardrail " + rule.name);
  }
  return {};
}

} // namespace

result<void> check_room(const controller& actors, const config& wanted) {
  auto count = actors.guardrails().rules()->size();
  for (const auto& rule : wanted.guardrails)
    if (!actors.guardrails().find(rule.name))
      ++count;
  if (count > guardrail_directory::max_rules)
    return make_error(
        ec::invalid_request,
        fmt::format(
            "[[guardrails]]: with those that are set already there would be "
            "{}, and {} is the most; remove some",
            count, guardrail_directory::max_rules));
  return {};
}

result<names>
ensure_all(controller& actors, const config& wanted, const cause& by) {
  names changed;
  // Rules first: nobody chats with a new agent without what is to guard it.
  auto done = ensure_guardrails(actors, wanted.guardrails, by, changed);
  if (done)
    done = ensure_policies(actors, wanted.policies, by, changed);
  if (done)
    done = ensure_agents(actors, wanted.agents, by, changed);
  if (!done)
    return done.error();
  return changed;
}

} // namespace hansard
