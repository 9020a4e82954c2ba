#include "tools/hansard/config/guardrail_config.hpp"

#include "actors/guardrails/program.hpp"
#include "events/text/suggestion.hpp"
#include "http/routes/admin/guardrail_json.hpp"
#include "http/text/request_json.hpp"
#include "projections/directory/guardrails.hpp"
#include "tools/hansard/config/api_tables.hpp"

#include <algorithm>

namespace hansard {

namespace {

/// The API passes over members that it does not know. In a file such a key is a
/// typing error, and the rule would not be what it seems.
result<void> check_keys(const toml::table& table) {
  const std::vector<std::string> known{
      "name",   "detectors", "patterns", "on",   "action",       "required",
      "agents", "users",     "groups",   "mask", "longest_match"};
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) == known.end())
      return make_error(
          ec::invalid_request,
          fmt::format("{}: is not known{}", name, suggestion(name, known)));
  }
  return {};
}

result<guardrail_spec> read_rule_table(const toml::table& table) {
  if (auto known = check_keys(table); !known)
    return known.error();
  auto text = api_body(table);
  if (!text)
    return text.error();
  auto read = read_guardrail(json_view{*text});
  if (!read)
    return read.error();
  if (auto usable = check_rule(*read); !usable)
    return usable.error();
  return read;
}

std::string rule_clash(const guardrail_spec& a, const guardrail_spec& b) {
  return a.name == b.name ? "name: has another rule above" : "";
}

} // namespace

void read_guardrails(
    const toml::node& node, std::string_view source,
    std::vector<guardrail_spec>& out, std::vector<std::string>& problems) {
  read_tables(
      node, "guardrails", guardrail_directory::max_rules, source, out, problems,
      read_rule_table, rule_clash);
}

std::string show_guardrail(const guardrail_spec& rule) {
  std::string json;
  append_json(json, rule);
  return show_table("guardrails", json);
}

} // namespace hansard
