#include "tools/hansard/config/config.hpp"

#include "actors/secrets/api_key.hpp"
#include "events/text/suggestion.hpp"
#include "tools/hansard/config/agent_config.hpp"
#include "tools/hansard/config/credential_config.hpp"
#include "tools/hansard/config/guardrail_config.hpp"
#include "tools/hansard/config/policy_config.hpp"
#include "tools/hansard/config/read_file.hpp"
#include "tools/hansard/config/toml_text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace hansard {
namespace {

/// A configuration in the making, and what is wrong with it.
struct builder {
  config out;
  std::vector<std::string> problems;

  void say(std::string_view where, std::string_view what) {
    problems.push_back(fmt::format("{}: {}", where, what));
  }

  void
  set(const setting& s, std::string_view text, std::string where,
      std::string_view label) {
    if (auto done = assign(out.settings, s, text); !done)
      problems.push_back(
          fmt::format("{}: {}{}", where, label, done.error().message));
    else
      out.origins[std::string(s.flag)] = std::move(where);
  }

  void take_file(const std::string& path);
  void take_section(
      const toml::key& name, const toml::node& node, std::string_view path);
  void take_table(
      const std::string& section, const toml::table& table,
      std::string_view path);
  void take_member(
      std::string_view section, const toml::key& key, const toml::node& node,
      std::string_view path);
  void take_agents(
      const toml::node& node, const std::string& source, bool has_lines);
  void take_agents_text(const std::string& toml, const std::string& source);
};

/// As toml++ says it, with where.
std::string
what_is_wrong(const toml::parse_error& e, std::string_view path, bool lines) {
  return fmt::format(
      "{}: not valid TOML: {}", place(path, lines, e.source()),
      e.description());
}

/// Size and time of the last change: tell a file that is being written from one
/// that is not.
std::tuple<off_t, time_t, long> state_of(const std::string& path) {
  struct stat found {};
  ::stat(path.c_str(), &found);
  return {found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

void builder::take_file(const std::string& path) {
  const auto before = state_of(path);
  const auto read = read_regular_file(path, max_config_bytes);
  if (!read)
    return say(
        path, read.error().code == ec::too_large
                  ? "is over 1 MiB, which no configuration is"
                  : read.error().message);
  const auto& text = *read;
  if (state_of(path) != before)
    return say(path, "changed while it was read; try again");
  out.file_sha256 = sha256(text);
  try {
    const auto root = toml::parse(text, std::string_view(path));
    for (const auto& [key, node] : root) {
      if (key.str() == "agents")
        take_agents(node, path, true);
      else if (key.str() == "policies")
        read_policies(node, path, out.policies, problems);
      else if (key.str() == "guardrails")
        read_guardrails(node, path, out.guardrails, problems);
      else
        take_section(key, node, path);
    }
  } catch (const toml::parse_error& e) {
    problems.push_back(what_is_wrong(e, path, true));
  }
}

void builder::take_section(
    const toml::key& name, const toml::node& node, std::string_view path) {
  std::vector<std::string> sections{"agents", "policies", "guardrails"};
  for (const auto& s : all_settings())
    if (sections.back() != s.section)
      sections.emplace_back(s.section);
  if (std::find(sections.begin(), sections.end(), name.str())
      == sections.end()) {
    // A key outside of any section may belong into one.
    std::string hint = suggestion(name.str(), sections);
    for (const auto& s : all_settings())
      if (s.key == name.str())
        hint = fmt::format("; it belongs in [{}]", s.section);
    return say(
        place(path, true, name.source()),
        fmt::format("{}: is not known{}", quoted(name.str()), hint));
  }
  const auto* table = node.as_table();
  if (!table)
    return say(
        place(path, true, name.source()),
        fmt::format("{} is {}; expected a table", name.str(), kind_of(node)));
  take_table(std::string(name.str()), *table, path);
}

void builder::take_table(
    const std::string& section, const toml::table& table,
    std::string_view path) {
  for (const auto& [key, member] : table) {
    const auto inner = fmt::format("{}.{}", section, key.str());
    const auto all = all_settings();
    const bool is_section =
        std::any_of(all.begin(), all.end(), [&](const setting& s) {
          return s.section == inner;
        });
    if (is_section && member.is_table())
      take_table(inner, *member.as_table(), path);
    else
      take_member(section, key, member, path);
  }
}

/// An array of texts, as assign() reads lists. nullopt: it is something else.
std::optional<std::string> list_text(const toml::node& node) {
  const auto* array = node.as_array();
  if (!array)
    return std::nullopt;
  std::string out;
  for (const auto& element : *array) {
    const auto* text = element.as_string();
    if (!text || text->get().find(',') != std::string::npos)
      return std::nullopt;
    out += (out.empty() ? "" : ",") + text->get();
  }
  return out;
}

void builder::take_member(
    std::string_view section, const toml::key& key, const toml::node& node,
    std::string_view path) {
  const auto where = place(path, true, key.source());
  const auto label = fmt::format("[{}] {}: ", section, key.str());
  const setting* found = nullptr;
  std::vector<std::string> known;
  std::string elsewhere;
  for (const auto& s : all_settings()) {
    if (s.section == section)
      known.emplace_back(s.key);
    if (s.key == key.str()) {
      if (s.section == section)
        found = &s;
      else
        elsewhere = fmt::format("; it belongs in [{}]", s.section);
    }
  }
  if (!found)
    return say(
        where,
        fmt::format(
            "[{}] {}: is not known{}", section, key.str(),
            elsewhere.empty() ? suggestion(key.str(), known) : elsewhere));
  const auto kind = kind_of(*found);
  if (const auto* text = node.as_string(); text && is_text(*found))
    return set(*found, text->get(), where, label);
  if (const auto* number = node.as_integer();
      number && (kind == setting_kind::size || !is_text(*found)))
    return set(*found, std::to_string(number->get()), where, label);
  if (kind == setting_kind::list)
    if (const auto text = list_text(node))
      return set(*found, *text, where, label);
  std::string_view wanted = "a whole number";
  if (kind == setting_kind::size)
    wanted = "a size, such as \"8MiB\" in quotes";
  else if (kind == setting_kind::duration)
    wanted = "a duration in quotes, such as \"15s\"";
  else if (kind == setting_kind::list)
    wanted = "a list of strings without commas, such as [\"a\", \"b\"]";
  else if (is_text(*found))
    wanted = "a string in quotes";
  say(where, fmt::format("{}is {}; expected {}", label, kind_of(node), wanted));
}

void builder::take_agents(
    const toml::node& node, const std::string& source, bool has_lines) {
  const auto* list = node.as_array();
  if (!list
      || !std::all_of(list->begin(), list->end(), [](const toml::node& e) {
           return e.is_table();
         }))
    return say(
        place(source, has_lines, node.source()),
        "agents: expected tables, each under a line [[agents]]");
  if (list->size() > max_configured_agents)
    return say(
        place(source, has_lines, node.source()),
        fmt::format("agents: more than {}", max_configured_agents));
  out.origins["agents"] = source;
  for (const auto& element : *list) {
    auto agent = read_agent(*element.as_table(), source, has_lines, problems);
    for (const auto& other : out.agents)
      if (!agent.did.empty() && other.did == agent.did)
        say(place(source, has_lines, element.source()),
            fmt::format(
                "[[agents]] did: {} is there twice", quoted(agent.did)));
    out.agents.push_back(std::move(agent));
  }
}

void builder::take_agents_text(
    const std::string& toml, const std::string& source) {
  if (toml.size() > max_config_bytes)
    return say(source, "is over 1 MiB");
  try {
    const auto root = toml::parse("agents = " + toml);
    // A line feed in the text could bring keys of its own.
    if (root.size() != 1)
      return say(source, "expected nothing but agents");
    take_agents(*root.get("agents"), source, false);
  } catch (const toml::parse_error& e) {
    problems.push_back(what_is_wrong(e, source, false));
  }
}

const setting* setting_of_variable(std::string_view name) {
  for (const auto& s : all_settings())
    if (environment_name(s) == name)
      return &s;
  return nullptr;
}

void take_environment(
    builder& b, const std::map<std::string, std::string>& environment) {
  std::vector<std::string> known{
      std::string(config_variable), std::string(admin_key_variable),
      std::string(agents_variable), std::string(server_variable),
      std::string(key_variable),    std::string(credentials_key_variable)};
  const auto special = known;
  for (const auto& s : all_settings())
    known.push_back(environment_name(s));
  for (const auto& [name, value] : environment) {
    if (const auto* s = setting_of_variable(name))
      b.set(*s, value, name, "");
    else if (name == agents_variable) {
      b.out.agents.clear();
      b.take_agents_text(value, name);
    } else if (std::find(special.begin(), special.end(), name) == special.end())
      // Not an error: container platforms invent variables such as
      // HANSARD_SERVICE_HOST.
      b.out.warnings.push_back(
          fmt::format("{}: no such setting{}", name, suggestion(name, known)));
  }
}

void take_flags(builder& b, const config_sources& sources) {
  for (const auto& [flag, value] : sources.flags)
    for (const auto& s : all_settings())
      if (s.flag == flag)
        b.set(s, value, "--" + flag, "");
  if (sources.agents.empty())
    return;
  b.out.agents.clear();
  std::string all = "[";
  for (const auto& agent : sources.agents)
    all += agent + ", ";
  b.take_agents_text(all + "]", "--agent");
}

/// A file that is none at all has a mistake a line: nobody reads them all.
std::string in_words(const std::vector<std::string>& problems) {
  constexpr std::size_t shown = 50;
  const auto count = std::min(problems.size(), shown);
  auto text = fmt::format(
      "{}", fmt::join(problems.begin(), problems.begin() + count, "\n"));
  if (problems.size() > count)
    text += fmt::format("\n… and {} more", problems.size() - count);
  return text;
}

} // namespace

result<config> load_config(const config_sources& sources) {
  try {
    builder b;
    if (!sources.file.empty())
      b.take_file(sources.file);
    take_environment(b, sources.environment);
    take_flags(b, sources);
    if (b.problems.empty())
      if (auto valid = validate(b.out.settings); !valid)
        b.problems.push_back(valid.error().message);
    if (b.problems.empty())
      return std::move(b.out);
    return make_error(ec::invalid_request, in_words(b.problems));
  } catch (const std::exception& e) {
    return make_error(
        ec::invalid_request,
        fmt::format("The configuration can't be read: {}", e.what()));
  }
}

std::map<std::string, std::string> hansard_variables(char** environment) {
  std::map<std::string, std::string> found;
  for (; environment && *environment; ++environment) {
    const std::string_view line(*environment);
    const auto equals = line.find('=');
    if (line.starts_with("HANSARD_") && equals != line.npos)
      found.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return found;
}

std::string show_config(const config& c) {
  std::string out;
  std::string_view section;
  for (const auto& s : all_settings()) {
    if (s.section != section) {
      out += fmt::format("{}[{}]\n", section.empty() ? "" : "\n", s.section);
      section = s.section;
    }
    const auto text = text_of(c.settings, s);
    const auto origin = c.origins.find(std::string(s.flag));
    out += fmt::format(
        "{} = {}  # {}\n", s.key, is_text(s) ? quoted(text) : text,
        origin == c.origins.end() ? "default" : origin->second);
  }
  if (const auto origin = c.origins.find("agents");
      origin != c.origins.end() && !c.agents.empty())
    out += fmt::format("\n# agents: {}\n", origin->second);
  for (const auto& agent : c.agents)
    out += "\n" + show_agent(agent);
  for (const auto& policy : c.policies)
    out += "\n" + show_policy(policy);
  for (const auto& rule : c.guardrails)
    out += "\n" + show_guardrail(rule);
  return out;
}

} // namespace hansard
