#include "http/routes/admin/agent_json.hpp"

#include "actors/secrets/credential_vault.hpp"
#include "events/text/json_text.hpp"
#include "events/text/utf8.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/text/limits.hpp"
#include "http/text/text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace hansard {

namespace {

using kind = json_view::kind;

constexpr std::size_t max_fallbacks = 16;
constexpr std::size_t max_headers = 64;
constexpr std::size_t max_header_value_bytes = 8 * 1024;

struct text_member {
  std::string_view name;
  std::string agent_spec::*member;
};
constexpr std::array text_members{
    text_member{"did", &agent_spec::did},
    text_member{"name", &agent_spec::name},
    text_member{"provider", &agent_spec::provider},
    text_member{"baseUrl", &agent_spec::base_url},
    text_member{"model", &agent_spec::model},
    text_member{"apiKeyEnv", &agent_spec::api_key_env},
    text_member{"credential", &agent_spec::credential},
    text_member{"systemPrompt", &agent_spec::system_prompt},
};

constexpr std::uint32_t day_ms = 24 * 3'600'000;
constexpr std::array number_members{
    agent_number{
        "disconnectGraceMs", &agent_spec::disconnect_grace_ms, 0, day_ms},
    agent_number{
        "connectTimeoutMs", &agent_spec::connect_timeout_ms, 1, day_ms},
    agent_number{
        "firstTokenTimeoutMs", &agent_spec::first_token_timeout_ms, 1, day_ms},
    agent_number{"idleTimeoutMs", &agent_spec::idle_timeout_ms, 1, day_ms},
    agent_number{"maxAttempts", &agent_spec::max_attempts, 1, 10},
    agent_number{"maxTurnMs", &agent_spec::max_turn_ms, 1, day_ms},
    agent_number{
        "maxOutputTokens", &agent_spec::max_output_tokens, 1, 100'000'000},
};

result<void> read_fallbacks(json_view value, agent_spec& spec) {
  spec.fallback_models.clear();
  if (value.is(kind::null))
    return {};
  if (!value.is(kind::array))
    return wrong_member("fallbackModels", "must be an array of strings.");
  result<void> read;
  value.each_element([&](json_view one) {
    std::string model;
    auto at =
        "fallbackModels[" + std::to_string(spec.fallback_models.size()) + ']';
    read = read_text(one, at, model);
    spec.fallback_models.push_back(std::move(model));
    return read.has_value();
  });
  return read;
}

result<void> read_headers(json_view value, agent_spec& spec) {
  spec.headers.clear();
  if (value.is(kind::null))
    return {};
  if (!value.is(kind::object))
    return wrong_member("headers", "must be an object of strings.");
  result<void> read;
  value.each_member([&](std::string_view raw, json_view member) {
    auto name = json_view::unescape(raw);
    std::string text;
    read = read_text(member, "headers." + cut_utf8(name, 64), text);
    spec.headers.emplace_back(std::move(name), std::move(text));
    return read.has_value();
  });
  return read;
}

std::string range_of(const agent_number& at) {
  return "must be a whole number of " + std::to_string(at.least) + " to "
         + std::to_string(at.most) + '.';
}

/// `word` of a choice of two; `out` is true for the second.
result<void> read_choice(
    json_view value, std::string_view member, std::string_view first,
    std::string_view second, bool& out) {
  std::string word;
  if (value.is(kind::null)) {
    out = false;
    return {};
  }
  if (auto read = read_text(value, member, word); !read)
    return read;
  if (word != first && word != second)
    return wrong_member(
        member,
        "must be " + std::string(first) + " or " + std::string(second) + '.');
  out = word == second;
  return {};
}

result<void>
read_plain_member(std::string_view name, json_view value, agent_spec& spec) {
  static const agent_spec defaults;
  for (const auto& at : text_members)
    if (at.name == name) {
      if (value.is(kind::null)) {
        spec.*at.member = defaults.*at.member;
        return {};
      }
      return read_text(value, name, spec.*at.member);
    }
  for (const auto& at : number_members)
    if (at.name == name) {
      if (value.is(kind::null)) {
        spec.*at.member = defaults.*at.member;
        return {};
      }
      if (!read_number(value, name, spec.*at.member))
        return wrong_member(name, range_of(at));
      return {};
    }
  return {};
}

/// Who administers is not the operator: what they may point at a server of
/// their own are not the secrets that Hansard itself lives on.
bool is_own_variable(std::string_view name) {
  return name.starts_with("HANSARD_") || name == "NEXTAUTH_SECRET"
         || name == "AUTH_SECRET";
}

result<void> read_key_variable(json_view value, agent_spec& spec) {
  auto read = read_plain_member("apiKeyEnv", value, spec);
  if (read && is_own_variable(spec.api_key_env))
    return wrong_member(
        "apiKeyEnv", "names a variable of Hansard's own. Give the model "
                     "server's key another one, or set a credential.");
  return read;
}

result<void>
read_member(std::string_view name, json_view value, agent_spec& spec) {
  if (name == "apiKeyEnv")
    return read_key_variable(value, spec);
  if (name == "fallbackModels")
    return read_fallbacks(value, spec);
  if (name == "headers")
    return read_headers(value, spec);
  bool second = false;
  if (name == "history") {
    auto read = read_choice(value, name, "branch", "strict", second);
    spec.history = second ? history_policy::strict : history_policy::branch;
    return read;
  }
  if (name == "onDisconnect") {
    auto read = read_choice(value, name, "continue", "cancel", second);
    spec.on_disconnect =
        second ? disconnect_policy::cancel : disconnect_policy::keep_going;
    return read;
  }
  if (name == "partialAnswers") {
    auto read = read_choice(value, name, "show", "hide", second);
    spec.partial_answers = second ? partial_policy::hide : partial_policy::show;
    return read;
  }
  if (name == "parameters") {
    if (!value.is(kind::object) && !value.is(kind::null))
      return wrong_member("parameters", "must be an object.");
    // An empty object says no more than none.
    spec.parameters.clear();
    if (value.is(kind::object))
      value.each_member([&](std::string_view, json_view) {
        spec.parameters = value.text();
        return false;
      });
    return {};
  }
  return read_plain_member(name, value, spec);
}

/// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c))
           || std::string_view("!#$%&'*+-.^_`|~").find(c)
                  != std::string_view::npos;
  });
}

/// What is wrong with a text that an agent can't do without.
error wrong_text(
    std::string_view member, std::string_view text, std::string_view what) {
  return wrong_member(
      member,
      text.empty() ? "is missing; it " + std::string(what) : std::string(what));
}

/// The message does not repeat the URL: there may be a password in it.
result<void> check_base_url(std::string_view text) {
  auto url = boost::urls::parse_absolute_uri({text.data(), text.size()});
  if (!url || (url->scheme() != "http" && url->scheme() != "https")
      || url->host().empty())
    return wrong_text(
        "baseUrl", text, "must be a URL like http://127.0.0.1:11434/v1.");
  if (url->has_userinfo())
    return wrong_member(
        "baseUrl", "must not contain a user or a password. Name the variable "
                   "that holds the key in apiKeyEnv, or set a credential.");
  return {};
}

result<void> check_upstream(const agent_spec& spec) {
  if (spec.provider == "demo")
    return {};
  if (spec.provider != "openai-compatible")
    return wrong_text(
        "provider", spec.provider, "must be demo or openai-compatible.");
  if (!is_printable(spec.model, max_did_characters))
    return wrong_text(
        "model", spec.model,
        "must be the name of a model, 1 to 256 printable characters.");
  return check_base_url(spec.base_url);
}

result<void> check_fallbacks(const agent_spec& spec) {
  if (spec.fallback_models.size() > max_fallbacks)
    return wrong_member("fallbackModels", "can hold 16 models at most.");
  for (const auto& model : spec.fallback_models)
    if (!is_printable(model, max_did_characters))
      return wrong_member(
          "fallbackModels",
          "must hold names of models, each of 1 to 256 printable characters.");
  return {};
}

result<void> check_key(const agent_spec& spec) {
  if (!spec.api_key_env.empty() && !is_header_safe(spec.api_key_env, 128))
    return wrong_member(
        "apiKeyEnv", "must be the name of an environment variable.");
  if (spec.credential.empty())
    return {};
  if (!check_credential_name(spec.credential))
    return wrong_member(
        "credential", "must be the name of a provider credential: 1 to 64 "
                      "letters, digits, dots, dashes and underscores.");
  if (!spec.api_key_env.empty())
    return wrong_member(
        "credential", "excludes apiKeyEnv; only one of them can be set.");
  return {};
}

result<void> check_headers(const agent_spec& spec) {
  if (spec.headers.size() > max_headers)
    return wrong_member("headers", "can hold 64 headers at most.");
  for (const auto& [name, value] : spec.headers)
    if (!is_token(name)
        || (!value.empty() && !is_header_safe(value, max_header_value_bytes)))
      return wrong_member(
          "headers." + cut_utf8(name, 64),
          "name and value must be what HTTP allows in a header.");
  return {};
}

} // namespace

result<void> read_agent(json_view body, agent_spec& spec) {
  if (!body.is(kind::object))
    return wrong_member("the body", "must be a JSON object.");
  bool named = !spec.did.empty();
  result<void> read;
  body.each_member([&](std::string_view raw, json_view value) {
    auto name = json_view::unescape(raw);
    if (name != "did" || !named)
      read = read_member(name, value, spec);
    return read.has_value();
  });
  return read;
}

result<void> check_agent(const agent_spec& spec) {
  if (!is_printable(spec.did, max_did_characters))
    return wrong_text(
        "did", spec.did, "must be 1 to 256 printable characters.");
  // As long as an id: an agent without a name is called by its id.
  if (!is_printable(spec.name, max_did_characters))
    return wrong_member("name", "must be 1 to 256 printable characters.");
  for (auto check : {check_upstream, check_fallbacks, check_key, check_headers})
    if (auto checked = check(spec); !checked)
      return checked;
  for (const auto& at : number_members)
    if (spec.*at.member < at.least || spec.*at.member > at.most)
      return wrong_member(at.name, range_of(at));
  return {};
}

std::span<const agent_number> agent_numbers() { return number_members; }

std::vector<std::string_view> agent_members() {
  std::vector<std::string_view> names;
  for (const auto& at : text_members)
    names.push_back(at.name);
  names.insert(
      names.end(), {"fallbackModels", "headers", "parameters", "history",
                    "onDisconnect", "partialAnswers"});
  for (const auto& at : number_members)
    names.push_back(at.name);
  return names;
}

void append_json(std::string& out, const agent_record& agent) {
  const auto& spec = agent.spec;
  json_object_writer object{out};
  for (const auto& at : text_members)
    object.text(at.name, spec.*at.member);
  object.raw("fallbackModels", texts_json(spec.fallback_models))
      .raw(
          "headerNames", json_array(
                             spec.headers,
                             [](std::string& list, const auto& header) {
                               append_json_string(list, header.first);
                             }))
      .raw("parameters", spec.parameters.empty() ? "{}" : spec.parameters)
      .text(
          "history",
          spec.history == history_policy::strict ? "strict" : "branch")
      .text(
          "onDisconnect", spec.on_disconnect == disconnect_policy::cancel
                              ? "cancel"
                              : "continue")
      .text(
          "partialAnswers",
          spec.partial_answers == partial_policy::hide ? "hide" : "show");
  for (const auto& at : number_members)
    object.number(at.name, spec.*at.member);
  object.text("createdAt", to_iso8601(agent.created_at))
      .text("updatedAt", to_iso8601(agent.updated_at))
      .boolean("retired", agent.retired)
      .close();
}

void append_public_json(std::string& out, const agent_record& agent) {
  json_object_writer object{out};
  object.text("did", agent.spec.did)
      .text("name", agent.spec.name)
      .text("provider", agent.spec.provider)
      .text("model", agent.spec.model)
      .close();
}

} // namespace hansard
