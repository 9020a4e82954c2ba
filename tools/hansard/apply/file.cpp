#include "tools/hansard/apply/file.hpp"

#include "events/text/suggestion.hpp"
#include "http/routes/admin/user_json.hpp"
#include "http/text/text.hpp"
#include "tools/hansard/config/agent_config.hpp"
#include "tools/hansard/config/guardrail_config.hpp"
#include "tools/hansard/config/policy_config.hpp"
#include "tools/hansard/config/toml_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

namespace hansard {
namespace {

constexpr std::size_t max_id_characters = 256;

/// A file in the reading.
struct reader {
  std::string_view source;
  timestamp now;
  const secret_source& secrets;
  apply_state out;
  std::vector<std::string> problems;
  /// Where each thing stands, so that the second of two is told from the first.
  std::map<std::tuple<apply_kind, std::string, std::string>, std::string> seen;

  std::string at(const toml::source_region& where) const {
    return place(source, true, where);
  }
  void
  say(const toml::node& node, std::string_view table, std::string_view what) {
    problems.push_back(
        fmt::format("{}: [[{}]] {}", at(node.source()), table, what));
  }
  void take(const toml::node& node, std::string_view table, apply_item item) {
    item.where = at(node.source());
    const auto [first, is_new] =
        seen.try_emplace({item.kind, item.collection, item.name}, item.where);
    if (!is_new)
      say(node, table,
          fmt::format(
              "{} is there twice, also at {}", item.name, first->second));
    else
      out.items.push_back(std::move(item));
  }
  /// The tables of `node`, as far as it is an array of them.
  std::vector<const toml::table*>
  tables(const toml::node& node, std::string_view name);

  void take_agents(const toml::node& node);
  void take_credentials(const toml::node& node);
  bool read_secret(const toml::table& table, std::string& into);
  void take_users(const toml::node& node);
  void take_grants(const toml::node& node);
  template <class Spec, class Read>
  void take_each(const toml::node& node, std::string_view name, Read read);

  bool text(
      const toml::table& table, std::string_view kind, std::string_view key,
      std::string& into, std::size_t least = 1);
  void known(
      const toml::table& table, std::string_view kind,
      const std::vector<std::string>& keys);
  bool read_grant(const toml::table& table, wanted_grant& grant);
};

std::vector<const toml::table*>
reader::tables(const toml::node& node, std::string_view name) {
  std::vector<const toml::table*> found;
  if (const auto* list = node.as_array())
    for (const auto& element : *list)
      if (const auto* table = element.as_table())
        found.push_back(table);
  const auto* list = node.as_array();
  if (!list || found.size() != list->size()) {
    say(node, name, "expected tables, each under a line of this form");
    return {};
  }
  if (found.size() > max_apply_tables) {
    say(node, name, fmt::format("more than {}", max_apply_tables));
    return {};
  }
  return found;
}

bool reader::text(
    const toml::table& table, std::string_view kind, std::string_view key,
    std::string& into, std::size_t least) {
  const auto* node = table.get(key);
  if (!node)
    return false;
  const auto* found = node->as_string();
  const bool good = found
                    && (is_printable(found->get(), max_id_characters)
                        || (least == 0 && found->get().empty()));
  if (good)
    into = found->get();
  else
    say(*node, kind,
        fmt::format(
            "{}: expected a string of {} to {} printable characters", key,
            least, max_id_characters));
  return true;
}

void reader::known(
    const toml::table& table, std::string_view kind,
    const std::vector<std::string>& keys) {
  for (const auto& [key, node] : table)
    if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
      say(node, kind,
          fmt::format(
              "{}: is not known{}", key.str(), suggestion(key.str(), keys)));
}

void reader::take_agents(const toml::node& node) {
  for (const auto* table : tables(node, "agents")) {
    const auto before = problems.size();
    auto agent = read_agent(*table, source, true, problems);
    if (problems.size() == before)
      take(*table, "agents", item_of(agent));
  }
}

template <class Spec, class Read>
void reader::take_each(
    const toml::node& node, std::string_view name, Read read) {
  std::vector<Spec> specs;
  const auto before = problems.size();
  read(node, source, specs, problems);
  if (problems.size() != before)
    return;
  // One of each table, in their order.
  const auto found = tables(node, name);
  for (std::size_t i = 0; i < std::min(specs.size(), found.size()); ++i)
    take(*found[i], name, item_of(specs[i]));
}

bool reader::read_secret(const toml::table& table, std::string& into) {
  std::string variable;
  std::string path;
  const bool in_variable = text(table, "credentials", "value_env", variable);
  const bool in_file = text(table, "credentials", "value_file", path);
  if (in_variable == in_file) {
    say(table, "credentials",
        "expected either value_env, the name of a variable, or value_file");
    return false;
  }
  if (in_variable) {
    const auto found = secrets.variable(variable);
    if (!found)
      say(*table.get("value_env"), "credentials",
          fmt::format("value_env: {} is not set", variable));
    into = found.value_or("");
    return found.has_value();
  }
  auto read = secrets.file(path);
  if (!read) {
    say(*table.get("value_file"), "credentials",
        "value_file: " + read.error().message);
    return false;
  }
  into = std::move(*read);
  if (into.ends_with('\n'))
    into.pop_back();
  return true;
}

void reader::take_credentials(const toml::node& node) {
  for (const auto* table : tables(node, "credentials")) {
    const auto before = problems.size();
    wanted_credential credential;
    known(*table, "credentials", {"name", "value_env", "value_file"});
    if (!text(*table, "credentials", "name", credential.name))
      say(*table, "credentials", "name: is missing");
    read_secret(*table, credential.value);
    if (problems.size() == before)
      take(*table, "credentials", item_of(credential));
  }
}

void reader::take_users(const toml::node& node) {
  for (const auto* table : tables(node, "users")) {
    const auto before = problems.size();
    wanted_user user;
    std::string role = "member";
    known(*table, "users", {"did", "name", "role", "active"});
    if (!text(*table, "users", "did", user.did))
      say(*table, "users", "did: is missing; expected the user's DID");
    text(*table, "users", "name", user.name, 0);
    text(*table, "users", "role", role);
    if (const auto named = role_named(role))
      user.role = *named;
    else
      say(*table, "users", "role: expected member, auditor or admin");
    if (const auto* active = table->get("active")) {
      if (const auto* flag = active->as_boolean())
        user.active = flag->get();
      else
        say(*active, "users", "active: expected true or false");
    }
    if (problems.size() == before)
      take(*table, "users", item_of(user));
  }
}

bool reader::read_grant(const toml::table& table, wanted_grant& grant) {
  const auto before = problems.size();
  known(
      table, "grants",
      {"user", "group", "agent", "capabilities", "expires_at"});
  const bool has_user = text(table, "grants", "user", grant.user);
  const bool has_group = text(table, "grants", "group", grant.group);
  if (has_user == has_group)
    say(table, "grants", "expected either user or group");
  if (!text(table, "grants", "agent", grant.agent))
    say(table, "grants",
        "agent: is missing; expected an agent's DID, or \"*\" for all");
  if (const auto* node = table.get("capabilities")) {
    grant.capabilities.clear();
    if (const auto* list = node->as_array())
      for (const auto& element : *list)
        if (const auto* one = element.as_string())
          grant.capabilities.push_back(one->get());
    if (!node->is_array() || grant.capabilities.empty()
        || grant.capabilities.size() != node->as_array()->size())
      say(*node, "grants", "capabilities: expected strings, at least one");
  }
  std::string expires;
  if (text(table, "grants", "expires_at", expires)) {
    grant.expires_at = from_iso8601(expires);
    if (!expires.empty() && !grant.expires_at)
      say(*table.get("expires_at"), "grants",
          "expires_at: expected a time in quotes, such as "
          "\"2030-01-01T00:00:00Z\"");
    else if (grant.expires_at && *grant.expires_at <= now)
      say(*table.get("expires_at"), "grants",
          "expires_at: is over; remove the table, or let it end later");
  }
  return problems.size() == before;
}

void reader::take_grants(const toml::node& node) {
  for (const auto* table : tables(node, "grants")) {
    wanted_grant grant;
    if (read_grant(*table, grant))
      take(*table, "grants", item_of(grant));
  }
}

/// The line that a problem of `source` names; 0: none.
std::size_t line_of(std::string_view problem, std::string_view source) {
  std::size_t line = 0;
  if (problem.size() > source.size())
    std::from_chars(
        problem.data() + source.size() + 1, problem.data() + problem.size(),
        line);
  return line;
}

void take_root(reader& in, const toml::table& root) {
  const std::vector<std::string> kinds{"credentials", "agents", "guardrails",
                                       "policies",    "users",  "grants"};
  for (const auto& [key, node] : root) {
    const auto name = key.str();
    if (name == "credentials") {
      in.out.kinds.insert(apply_kind::credential);
      in.take_credentials(node);
    } else if (name == "agents") {
      in.out.kinds.insert(apply_kind::agent);
      in.take_agents(node);
    } else if (name == "guardrails") {
      in.out.kinds.insert(apply_kind::guardrail);
      in.take_each<guardrail_spec>(node, name, read_guardrails);
    } else if (name == "policies") {
      in.out.kinds.insert(apply_kind::policy);
      in.take_each<policy_spec>(node, name, read_policies);
    } else if (name == "users") {
      in.out.kinds.insert(apply_kind::user);
      in.take_users(node);
    } else if (name == "grants") {
      in.out.kinds.insert(apply_kind::grant);
      in.take_grants(node);
    } else {
      in.problems.push_back(fmt::format(
          "{}: {}: is not known{}; expected [[users]], [[grants]], "
          "[[credentials]], [[agents]], [[policies]] or [[guardrails]]",
          in.at(key.source()), quoted(name), suggestion(name, kinds)));
    }
  }
}

} // namespace

result<apply_state> read_apply_file(
    std::string_view text, std::string_view source, timestamp now,
    const secret_source& secrets) {
  reader in{source, now, secrets, {}, {}, {}};
  try {
    if (text.size() > max_apply_bytes)
      in.problems.push_back(fmt::format("{}: is over 8 MiB", source));
    else
      take_root(in, toml::parse(text, source));
  } catch (const toml::parse_error& e) {
    in.problems.push_back(fmt::format(
        "{}: not valid TOML: {}", in.at(e.source()), e.description()));
  }
  if (in.problems.empty())
    return std::move(in.out);
  // The parser goes through a table by its keys' names.
  std::stable_sort(
      in.problems.begin(), in.problems.end(),
      [&](const std::string& a, const std::string& b) {
        return line_of(a, source) < line_of(b, source);
      });
  std::string all;
  for (const auto& problem : in.problems)
    all += (all.empty() ? "" : "\n") + problem;
  return make_error(ec::invalid_request, std::move(all));
}

} // namespace hansard
