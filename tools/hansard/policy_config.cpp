#include "tools/hansard/policy_config.hpp"

#include "events/policy_json.hpp"
#include "http/policy_json.hpp"
#include "tools/hansard/toml_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace hansard {

namespace {

std::string to_camel(std::string_view snake) {
  std::string out;
  bool up = false;
  for (char c : snake) {
    if (c == '_') {
      up = true;
      continue;
    }
    out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    up = false;
  }
  return out;
}

std::string to_snake(std::string_view camel) {
  std::string out;
  for (char c : camel) {
    if (c >= 'A' && c <= 'Z') {
      out += '_';
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c;
    }
  }
  return out;
}

/// The same value with other names in its objects.
template <class Rename>
boost::json::value renamed(const boost::json::value& value, Rename rename) {
  if (const auto* object = value.if_object()) {
    boost::json::object out;
    for (const auto& [key, member] : *object)
      out[rename({key.data(), key.size()})] = renamed(member, rename);
    return out;
  }
  return value;
}

result<policy_spec> read_one(const toml::table& table) {
  std::string trouble;
  auto json = to_json(table, trouble);
  if (!trouble.empty())
    return make_error(ec::invalid_request, std::move(trouble));
  auto text = boost::json::serialize(renamed(json, to_camel));
  if (auto checked = check_json(text); !checked)
    return checked.error();
  auto read = read_policy(json_view{text});
  if (!read)
    return read.error();
  if (read->id)
    return make_error(
        ec::invalid_request, "id: a file names a policy by its subject.");
  return std::move(read->spec);
}

} // namespace

void read_policies(
    const toml::node& node, std::string_view source,
    std::vector<policy_spec>& out, std::vector<std::string>& problems) {
  const auto* list = node.as_array();
  auto say = [&](const toml::source_region& where, std::string_view what) {
    problems.push_back(
        fmt::format("{}: [[policies]] {}", place(source, true, where), what));
  };
  if (!list
      || !std::all_of(list->begin(), list->end(), [](const toml::node& e) {
           return e.is_table();
         }))
    return say(node.source(), "expected tables, each under [[policies]]");
  if (list->size() > max_configured_policies)
    return say(
        node.source(), fmt::format("more than {}", max_configured_policies));
  for (const auto& element : *list) {
    auto read = read_one(*element.as_table());
    if (!read) {
      say(element.source(), read.error().message);
      continue;
    }
    bool twice =
        std::any_of(out.begin(), out.end(), [&read](const policy_spec& other) {
          return other.scope == read->scope && other.subject == read->subject;
        });
    if (twice)
      say(element.source(), "subject: has another policy above");
    else
      out.push_back(std::move(*read));
  }
}

std::string show_policy(const policy_spec& policy) {
  boost::json::error_code ignored;
  auto json = renamed(
      boost::json::parse(policy_json(policy), ignored),
      [](std::string_view name) { return to_snake(name); });
  std::string out = "[[policies]]\n";
  for (const auto& [key, value] : json.as_object())
    out += fmt::format(
        "{} = {}\n", std::string_view{key.data(), key.size()}, to_toml(value));
  return out;
}

} // namespace hansard
