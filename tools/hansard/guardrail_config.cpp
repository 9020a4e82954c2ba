#include "tools/hansard/guardrail_config.hpp"

#include "actors/guard_program.hpp"
#include "http/guardrail_json.hpp"
#include "http/request_json.hpp"
#include "projections/guardrails.hpp"
#include "tools/hansard/toml_text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace hansard {
namespace {

constexpr std::string_view longest_key = "longest_match";

result<guardrail_spec> read_one(const toml::table& table) {
  const std::vector<std::string> known{
      "name",   "detectors", "patterns",
      "on",     "action",    "required",
      "agents", "mask",      std::string(longest_key)};
  // The API ignores what it does not know; a file's slip must not leave a rule
  // without its pattern.
  for (const auto& [key, node] : table)
    if (std::find(known.begin(), known.end(), key.str()) == known.end())
      return make_error(
          ec::invalid_request,
          fmt::format(
              "{}: is not known{}", key.str(), suggestion(key.str(), known)));
  std::string trouble;
  auto json = to_json(table, trouble);
  if (!trouble.empty())
    return make_error(ec::invalid_request, std::move(trouble));
  auto& object = json.get_object();
  if (auto* longest = object.if_contains(longest_key)) {
    object["longestMatch"] = std::move(*longest);
    object.erase(longest_key);
  }
  const auto text = boost::json::serialize(json);
  if (auto checked = check_json(text); !checked)
    return checked.error();
  auto rule = read_guardrail(json_view{text});
  if (!rule)
    return rule;
  if (auto usable = check_rule(*rule); !usable)
    return usable.error();
  return rule;
}

} // namespace

void read_guardrails(
    const toml::node& node, std::string_view source,
    std::vector<guardrail_spec>& out, std::vector<std::string>& problems) {
  const auto* list = node.as_array();
  auto say = [&](const toml::source_region& where, std::string_view what) {
    problems.push_back(
        fmt::format("{}: [[guardrails]] {}", place(source, true, where), what));
  };
  if (!list
      || !std::all_of(list->begin(), list->end(), [](const toml::node& e) {
           return e.is_table();
         }))
    return say(node.source(), "expected tables, each under [[guardrails]]");
  if (list->size() > guardrail_directory::max_rules)
    return say(
        node.source(),
        fmt::format("more than {}", guardrail_directory::max_rules));
  for (const auto& element : *list) {
    auto rule = read_one(*element.as_table());
    if (!rule) {
      say(element.source(), rule.error().message);
      continue;
    }
    const bool twice = std::any_of(
        out.begin(), out.end(), [&rule](const guardrail_spec& other) {
          return other.name == rule->name;
        });
    if (twice)
      say(element.source(), "name: has another rule above");
    else
      out.push_back(std::move(*rule));
  }
}

} // namespace hansard
