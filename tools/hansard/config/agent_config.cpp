#include "tools/hansard/config/agent_config.hpp"

#include "actors/secrets/credential_vault.hpp"
#include "events/text/suggestion.hpp"
#include "tools/hansard/config/toml_text.hpp"
#include "tools/hansard/config/units.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <variant>

namespace hansard {
namespace {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// A number in an agent_spec and what it counts.
struct number_field {
  std::uint32_t agent_spec::*member;
  bool is_duration = true;
  std::uint32_t min = 1;
};

struct agent_field {
  std::string_view key;
  std::variant<
      std::string agent_spec::*, std::vector<std::string> agent_spec::*,
      header_list agent_spec::*, number_field, history_policy agent_spec::*,
      disconnect_policy agent_spec::*, partial_policy agent_spec::*>
      member;
};

using spec = agent_spec;

/// All members but `parameters`, which is a table of its own kind.
constexpr auto fields = std::to_array<agent_field>({
    {"did", &spec::did},
    {"name", &spec::name},
    {"provider", &spec::provider},
    {"base_url", &spec::base_url},
    {"model", &spec::model},
    {"fallback_models", &spec::fallback_models},
    {"api_key_env", &spec::api_key_env},
    {"credential", &spec::credential},
    {"system_prompt", &spec::system_prompt},
    {"headers", &spec::headers},
    {"history", &spec::history},
    {"on_disconnect", &spec::on_disconnect},
    {"partial_answers", &spec::partial_answers},
    {"disconnect_grace", number_field{&spec::disconnect_grace_ms, true, 0}},
    {"connect_timeout", number_field{&spec::connect_timeout_ms}},
    {"first_token_timeout", number_field{&spec::first_token_timeout_ms}},
    {"idle_timeout", number_field{&spec::idle_timeout_ms}},
    {"max_attempts", number_field{&spec::max_attempts, false}},
    {"max_turn", number_field{&spec::max_turn_ms}},
    {"max_output_tokens", number_field{&spec::max_output_tokens, false}},
});

/// Why a value was not taken; empty: it was.
using problem = std::string;

problem expected(std::string_view what, const toml::node& node) {
  return fmt::format("is {}; expected {}", kind_of(node), what);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) {
    return c < 0x20 || c == 0x7f;
  });
}

problem read(std::string& into, const toml::node& node) {
  const auto* text = node.as_string();
  if (!text)
    return expected("a string", node);
  into = text->get();
  return {};
}

problem read(std::vector<std::string>& into, const toml::node& node) {
  const auto* list = node.as_array();
  if (!list)
    return expected("an array of strings", node);
  for (const auto& element : *list) {
    const auto* text = element.as_string();
    if (!text)
      return expected("an array of strings", element);
    into.push_back(text->get());
  }
  return {};
}

problem read(header_list& into, const toml::node& node) {
  const auto* table = node.as_table();
  if (!table)
    return expected("a table of strings", node);
  for (const auto& [name, value] : *table) {
    const auto* text = value.as_string();
    if (!text)
      return expected("a table of strings", value);
    // RFC 9110 §5.1 and §5.5: a token, and no line breaks.
    constexpr std::string_view token =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "!#$%&'*+-.^_`|~";
    if (name.str().empty()
        || name.str().find_first_not_of(token) != std::string_view::npos)
      return fmt::format("{} is not the name of a header", quoted(name.str()));
    if (has_control(text->get()))
      return fmt::format("{} has a control character", quoted(name.str()));
    into.emplace_back(name.str(), text->get());
  }
  return {};
}

problem read_number(
    agent_spec& into, const number_field& field, const toml::node& node) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  std::uint64_t value = 0;
  if (field.is_duration) {
    const auto* text = node.as_string();
    if (!text)
      return expected("a duration as a string, such as \"15s\"", node);
    auto duration = parse_duration(text->get());
    if (!duration)
      return fmt::format(
          "{} is not a duration; expected a number and a unit, as in \"15s\"",
          quoted(text->get()));
    value = static_cast<std::uint64_t>(duration->count());
  } else {
    const auto* number = node.as_integer();
    if (!number)
      return expected("a whole number", node);
    value = number->get() < 0 ? 0 : static_cast<std::uint64_t>(number->get());
  }
  if (value < field.min || value > most)
    return fmt::format(
        "is out of range; expected {}{} to {}", field.min,
        field.is_duration ? "ms" : "",
        field.is_duration ? "49d" : std::to_string(most));
  into.*field.member = static_cast<std::uint32_t>(value);
  return {};
}

template <class Enum>
struct choice {
  std::string_view word;
  Enum value;
};
constexpr std::array<choice<history_policy>, 2> history_words{{
    {"branch", history_policy::branch},
    {"strict", history_policy::strict},
}};
constexpr std::array<choice<disconnect_policy>, 2> disconnect_words{{
    {"continue", disconnect_policy::keep_going},
    {"cancel", disconnect_policy::cancel},
}};
constexpr std::array<choice<partial_policy>, 2> partial_words{{
    {"show", partial_policy::show},
    {"hide", partial_policy::hide},
}};

template <class Enum>
problem read_choice(
    Enum& into, const std::array<choice<Enum>, 2>& words,
    const toml::node& node) {
  const auto* text = node.as_string();
  for (const auto& word : words) {
    if (text && text->get() == word.word) {
      into = word.value;
      return {};
    }
  }
  const auto what =
      fmt::format("\"{}\" or \"{}\"", words[0].word, words[1].word);
  return text ? fmt::format(
             "{} is not known; expected {}", quoted(text->get()), what)
              : expected(what, node);
}
problem read(history_policy& into, const toml::node& node) {
  return read_choice(into, history_words, node);
}
problem read(disconnect_policy& into, const toml::node& node) {
  return read_choice(into, disconnect_words, node);
}
problem read(partial_policy& into, const toml::node& node) {
  return read_choice(into, partial_words, node);
}

problem read_parameters(agent_spec& into, const toml::node& node) {
  if (!node.is_table())
    return expected("a table", node);
  problem trouble;
  const auto value = to_json(node, trouble);
  if (!value.as_object().empty())
    into.parameters = boost::json::serialize(value);
  return trouble;
}

problem
read_field(agent_spec& into, const agent_field& field, const toml::node& node) {
  return std::visit(
      [&](auto member) -> problem {
        if constexpr (std::is_same_v<decltype(member), number_field>)
          return read_number(into, member, node);
        else
          return read(into.*member, node);
      },
      field.member);
}

/// What the members have to be, together; the key it concerns and why.
std::optional<std::pair<std::string_view, problem>>
check(const agent_spec& agent) {
  using found = std::pair<std::string_view, problem>;
  if (agent.did.empty())
    return found{"did", "is missing; expected the agent's DID"};
  if (agent.did.size() > 256 || has_control(agent.did))
    return found{"did", "expected at most 256 printable characters"};
  if (has_control(agent.name) || agent.name.size() > 256)
    return found{"name", "expected at most 256 printable characters"};
  if (agent.provider != "demo" && agent.provider != "openai-compatible")
    return found{
        "provider",
        agent.provider.empty()
            ? problem("is missing; expected \"openai-compatible\" or \"demo\"")
            : fmt::format(
                "{} is not known; expected \"openai-compatible\" or \"demo\"",
                quoted(agent.provider))};
  if (!agent.credential.empty() && !check_credential_name(agent.credential))
    return found{
        "credential",
        "expected 1 to 64 letters, digits, dots, dashes and underscores"};
  if (!agent.credential.empty() && !agent.api_key_env.empty())
    return found{"credential", "excludes api_key_env"};
  if (agent.provider == "demo")
    return std::nullopt;
  if (agent.model.empty())
    return found{"model", "is missing; expected the model's name"};
  constexpr std::string_view url_wanted =
      "expected an http or https URL up to \"/v1\", such as "
      "\"http://127.0.0.1:11434/v1\"";
  auto url = boost::urls::parse_uri(agent.base_url);
  if (agent.base_url.empty())
    return found{"base_url", fmt::format("is missing; {}", url_wanted)};
  if (!url || (url->scheme() != "http" && url->scheme() != "https")
      || url->host().empty() || url->has_query() || url->has_fragment())
    return found{
        "base_url",
        fmt::format("{} is none; {}", quoted(agent.base_url), url_wanted)};
  if (url->has_userinfo())
    return found{
        "base_url",
        "has a user or password in it; name the variable that holds the key in "
        "api_key_env instead"};
  return std::nullopt;
}

std::string show(const agent_spec& agent, std::string agent_spec::*member) {
  return quoted(agent.*member);
}

std::string
show(const agent_spec& agent, std::vector<std::string> agent_spec::*member) {
  std::string out;
  for (const auto& text : agent.*member)
    out += (out.empty() ? "" : ", ") + quoted(text);
  return "[" + out + "]";
}

std::string show(const agent_spec& agent, header_list agent_spec::*member) {
  std::string out;
  for (const auto& [name, value] : agent.*member)
    out += fmt::format(
        "{}{} = \"(hidden)\"", out.empty() ? "" : ", ", quoted(name));
  return "{ " + out + " }";
}

std::string show(const agent_spec& agent, const number_field& field) {
  if (!field.is_duration)
    return std::to_string(agent.*field.member);
  return quoted(
      format_duration(std::chrono::milliseconds(agent.*field.member)));
}

template <class Enum>
std::string show_choice(Enum value, const std::array<choice<Enum>, 2>& words) {
  return quoted(words[0].value == value ? words[0].word : words[1].word);
}
std::string show(const agent_spec& agent, history_policy agent_spec::*member) {
  return show_choice(agent.*member, history_words);
}
std::string
show(const agent_spec& agent, disconnect_policy agent_spec::*member) {
  return show_choice(agent.*member, disconnect_words);
}
std::string show(const agent_spec& agent, partial_policy agent_spec::*member) {
  return show_choice(agent.*member, partial_words);
}

} // namespace

agent_spec read_agent(
    const toml::table& table, std::string_view source, bool has_lines,
    std::vector<std::string>& problems) {
  agent_spec agent;
  const auto before = problems.size();
  const auto say = [&](const toml::source_region& where, std::string_view key,
                       const problem& what) {
    if (!what.empty())
      problems.push_back(fmt::format(
          "{}: [[agents]] {}: {}", place(source, has_lines, where), key, what));
  };
  for (const auto& [key, node] : table) {
    const auto name = key.str();
    if (name == "parameters") {
      say(node.source(), name, read_parameters(agent, node));
      continue;
    }
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const agent_field& f) {
          return f.key == name;
        });
    if (field != fields.end()) {
      say(node.source(), name, read_field(agent, *field, node));
      continue;
    }
    std::vector<std::string> known{"parameters"};
    for (const auto& f : fields)
      known.emplace_back(f.key);
    say(key.source(), name, "is not known" + suggestion(name, known));
  }
  if (problems.size() == before) {
    if (auto wrong = check(agent)) {
      const auto* node = table.get(wrong->first);
      say(node ? node->source() : table.source(), wrong->first, wrong->second);
    }
  }
  // As over the API, where every agent has a name.
  if (agent.name.empty())
    agent.name = agent.did;
  return agent;
}

std::string show_agent(const agent_spec& agent) {
  std::string out = "[[agents]]\n";
  for (const auto& field : fields) {
    const auto value = std::visit(
        [&](auto member) { return show(agent, member); }, field.member);
    if (value != "\"\"" && value != "[]" && value != "{  }")
      out += fmt::format("{} = {}\n", field.key, value);
  }
  if (!agent.parameters.empty()) {
    boost::json::error_code ignored;
    out += fmt::format(
        "parameters = {}\n",
        to_toml(boost::json::parse(agent.parameters, ignored)));
  }
  return out;
}

} // namespace hansard
