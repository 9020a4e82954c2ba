#include "tools/hansard/bootstrap.hpp"

#include "actors/credentials.hpp"
#include "tools/hansard/wait_for.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <utility>

namespace hansard {
namespace {

const cause by_server{std::string(server_principal), {}};

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
          by_server, admin, "First administrator", user_role::admin, done);
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
    actors.issue_key(by_server, std::move(wish), done);
  });
  if (!issued)
    return issued.error();
  return std::optional<first_key>(
      {*text, chosen ? std::string() : folder.admin_key()});
}

result<std::size_t>
ensure_agents(controller& actors, const std::vector<agent_spec>& agents) {
  auto wanted = agents;
  if (wanted.empty() && actors.access().agents({{}, 1}).entries.empty()) {
    agent_spec demo;
    demo.did = demo_agent;
    demo.name = "demo";
    demo.provider = "demo";
    demo.model = "demo";
    wanted.push_back(std::move(demo));
  }
  std::size_t changed = 0;
  for (auto& agent : wanted) {
    const auto known = actors.access().find_agent(agent.did);
    if (known && !known->retired && known->spec == agent)
      continue;
    auto done = wait_for<std::monostate>([&](auto answer) {
      // Who was retired is registered anew: the file says that it is wanted.
      if (known && !known->retired)
        actors.reconfigure_agent(by_server, std::move(agent), answer);
      else
        actors.register_agent(by_server, std::move(agent), answer);
    });
    if (!done)
      return done.error();
    ++changed;
  }
  return changed;
}

result<std::size_t>
ensure_policies(controller& actors, const std::vector<policy_spec>& policies) {
  std::size_t changed = 0;
  for (const auto& policy : policies) {
    const auto known =
        actors.access().find_policy(policy.scope, policy.subject);
    if (known && known->spec == policy)
      continue;
    auto done = wait_for<policy_record>([&](auto answer) {
      actors.set_policy(by_server, std::nullopt, policy, answer);
    });
    if (!done)
      return done.error();
    ++changed;
  }
  return changed;
}

} // namespace hansard
