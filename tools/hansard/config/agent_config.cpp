#include "tools/hansard/config/agent_config.hpp"

#include "events/text/suggestion.hpp"
#include "http/routes/admin/agent_json.hpp"
#include "tools/hansard/config/api_tables.hpp"
#include "tools/hansard/config/units.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace hansard {
namespace {

using std::chrono::milliseconds;

/// A member of an agent in the file: the API's in snake_case, but that times
/// are durations: max_turn = "2m" is maxTurnMs.
struct file_member {
  std::string key;
  std::string_view name;
  /// Its range, where it is a duration.
  const agent_number* duration = nullptr;
};

const std::vector<file_member>& file_members() {
  static const auto all = [] {
    std::vector<file_member> out;
    for (auto name : agent_members()) {
      file_member member{to_snake(name), name};
      for (const auto& number : agent_numbers())
        if (number.name == name && name.ends_with("Ms"))
          member.duration = &number;
      if (member.duration)
        member.key.resize(member.key.size() - std::string_view("_ms").size());
      out.push_back(std::move(member));
    }
    return out;
  }();
  return all;
}

/// The value of the file as the API's. `trouble`: why there is none.
boost::json::value api_value(
    const file_member& member, const toml::node& node, std::string& trouble) {
  if (!member.duration)
    return to_json(node, trouble);
  const auto* text = node.as_string();
  const auto value = text ? parse_duration(text->get()) : std::nullopt;
  const auto least = milliseconds(member.duration->least);
  const auto most = milliseconds(member.duration->most);
  if (!text)
    trouble = fmt::format(
        "is {}; expected a duration as a string, such as \"15s\"",
        kind_of(node));
  else if (!value)
    trouble = fmt::format(
        "{} is not a duration; expected a number and a unit, as in \"15s\"",
        quoted(text->get()));
  else if (*value < least || *value > most)
    trouble = fmt::format(
        "is out of range; expected {} to {}", format_duration(least),
        format_duration(most));
  return value ? value->count() : 0;
}

result<void> read_file_member(
    agent_spec& into, const file_member& member, const toml::node& node) {
  std::string trouble;
  boost::json::object body;
  body[member.name] = api_value(member, node, trouble);
  if (!trouble.empty())
    return make_error(
        ec::invalid_request, fmt::format("{}: {}", member.name, trouble));
  const auto text = boost::json::serialize(body);
  if (auto valid = check_json(text); !valid)
    return valid;
  return read_agent(json_view{text}, into);
}

/// A message about one member in the file's names, and where the member is.
struct file_problem {
  std::string text;
  const toml::node* node = nullptr;
};

file_problem
in_the_files_words(std::string_view message, const toml::table& table) {
  file_problem out;
  for (const auto& member : file_members())
    if (message.starts_with(member.name)
        && message.find_first_of(":.[") == member.name.size())
      out.node = table.get(member.key);
  out.text = message;
  for (const auto& member : file_members())
    for (auto at = out.text.find(member.name);
         at != out.text.npos && member.name != member.key;
         at = out.text.find(member.name, at + member.key.size()))
      out.text.replace(at, member.name.size(), member.key);
  return out;
}

/// A member of the API's JSON as a value of the file.
std::string
show_value(const file_member& member, const boost::json::value& value) {
  if (member.duration)
    return quoted(format_duration(milliseconds(value.to_number<long>())));
  return to_toml(value);
}

} // namespace

agent_spec read_agent(
    const toml::table& table, std::string_view source, bool has_lines,
    std::vector<std::string>& problems) {
  agent_spec agent;
  const auto before = problems.size();
  const auto say = [&](const toml::source_region& where,
                       std::string_view what) {
    problems.push_back(fmt::format(
        "{}: [[agents]] {}", place(source, has_lines, where), what));
  };
  const auto& known = file_members();
  for (const auto& [key, node] : table) {
    const auto member =
        std::find_if(known.begin(), known.end(), [&](const file_member& m) {
          return m.key == key.str();
        });
    if (member == known.end()) {
      std::vector<std::string> keys;
      for (const auto& one : known)
        keys.push_back(one.key);
      say(key.source(),
          fmt::format(
              "{}: is not known{}", key.str(), suggestion(key.str(), keys)));
    } else if (auto read = read_file_member(agent, *member, node); !read) {
      say(node.source(), in_the_files_words(read.error().message, table).text);
    }
  }
  // As over the API, where every agent has a name.
  if (agent.name.empty())
    agent.name = agent.did;
  if (problems.size() == before)
    if (auto whole = check_agent(agent); !whole) {
      const auto found = in_the_files_words(whole.error().message, table);
      say(found.node ? found.node->source() : table.source(), found.text);
    }
  return agent;
}

std::string show_agent(const agent_spec& agent) {
  agent_record record;
  record.spec = agent;
  std::string json;
  append_json(json, record);
  boost::json::parse_options deep;
  deep.max_depth = json_limits{}.max_depth + 1;
  boost::json::error_code ignored;
  auto parsed = boost::json::parse(json, ignored, {}, deep);
  if (!parsed.is_object())
    return {};
  auto& members = parsed.get_object();
  boost::json::object hidden;
  for (const auto& header : agent.headers)
    hidden[header.first] = "(hidden)";
  members["headers"] = std::move(hidden);

  std::string out = "[[agents]]\n";
  for (const auto& member : file_members()) {
    const auto text = show_value(member, members[member.name]);
    if (text != "\"\"" && text != "[]" && text != "{  }")
      out += fmt::format("{} = {}\n", member.key, text);
  }
  return out;
}

} // namespace hansard
