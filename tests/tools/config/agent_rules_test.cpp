#include "http/routes/admin/agent_json.hpp"
#include "tests/tools/config/config_files.hpp"

#include <fmt/format.h>

namespace hansard {
namespace {

/// One agent, once as a table of the file and once as a body of the API.
struct one_agent {
  std::string toml;
  std::string json;
};

std::string many(
    std::size_t count, std::string_view left, std::string_view right,
    std::string_view form) {
  std::string out(left);
  for (std::size_t i = 0; i < count; ++i)
    out += (i > 0 ? ", " : "") + fmt::format(fmt::runtime(form), i);
  return out.append(right);
}

/// What is an agent in the file is one over the API, and nothing else is.
class AgentRulesTest : public config_fixture {
protected:
  /// A demo agent with one member more.
  static one_agent demo_with(std::string_view toml, std::string_view json) {
    return {
        fmt::format("[[agents]]\ndid = \"d\"\nprovider = \"demo\"\n{}\n", toml),
        fmt::format(R"({{"did":"d","provider":"demo",{}}})", json)};
  }

  static one_agent at_url(std::string_view url) {
    return {
        fmt::format(
            "[[agents]]\ndid = \"d\"\nprovider = \"openai-compatible\"\n"
            "model = \"m\"\nbase_url = \"{}\"\n",
            url),
        fmt::format(
            R"({{"did":"d","provider":"openai-compatible","model":"m",)"
            R"("baseUrl":"{}"}})",
            url)};
  }

  std::optional<agent_spec> from_file(const one_agent& agent) {
    write(agent.toml);
    auto loaded = load();
    return loaded ? std::optional(loaded->agents.at(0)) : std::nullopt;
  }

  static std::optional<agent_spec> from_api(const one_agent& agent) {
    agent_spec spec;
    if (!check_json(agent.json) || !read_agent(json_view{agent.json}, spec))
      return std::nullopt;
    if (spec.name.empty())
      spec.name = spec.did;
    return check_agent(spec) ? std::optional(spec) : std::nullopt;
  }

  void expect_taken(const one_agent& agent) {
    const auto file = from_file(agent);
    const auto api = from_api(agent);
    EXPECT_TRUE(file) << problems() << '\n' << agent.toml;
    EXPECT_TRUE(api) << agent.json;
    EXPECT_EQ(file, api) << agent.toml;
  }

  void expect_refused(const one_agent& agent) {
    EXPECT_FALSE(from_file(agent)) << agent.toml;
    EXPECT_FALSE(from_api(agent)) << agent.json;
  }
};

TEST_F(AgentRulesTest, AttemptsAreAtMostTen) {
  expect_taken(demo_with("max_attempts = 10", R"("maxAttempts":10)"));
  expect_refused(demo_with("max_attempts = 11", R"("maxAttempts":11)"));
  expect_refused(demo_with("max_attempts = 0", R"("maxAttempts":0)"));
}

TEST_F(AgentRulesTest, TimesAreAtMostADay) {
  for (const auto& number : agent_numbers()) {
    if (!number.name.ends_with("Ms"))
      continue;
    std::string key;
    for (char c : number.name.substr(0, number.name.size() - 2))
      if (c >= 'A' && c <= 'Z')
        key.append({'_', static_cast<char>(c - 'A' + 'a')});
      else
        key += c;
    const auto with = [&](std::string_view duration, std::uint64_t ms) {
      return demo_with(
          fmt::format("{} = \"{}\"", key, duration),
          fmt::format("\"{}\":{}", number.name, ms));
    };
    expect_taken(with("1d", 86'400'000));
    expect_taken(with("1ms", 1));
    expect_refused(with("2d", 2 * 86'400'000));
    expect_refused(with("86400001ms", 86'400'001));
  }
}

TEST_F(AgentRulesTest, OutputIsAtMostAHundredMillionTokens) {
  expect_taken(demo_with(
      "max_output_tokens = 100000000", R"("maxOutputTokens":100000000)"));
  expect_refused(demo_with(
      "max_output_tokens = 100000001", R"("maxOutputTokens":100000001)"));
}

TEST_F(AgentRulesTest, AQueryInTheUrlIsKept) {
  const auto agent = at_url("https://a.example/v1?api-version=2024-06-01");
  expect_taken(agent);
  EXPECT_EQ(
      from_file(agent)->base_url,
      "https://a.example/v1?api-version=2024-06-01");
}

TEST_F(AgentRulesTest, AUserOrPasswordInTheUrlIsRefusedAndNotRepeated) {
  for (auto url :
       {"http://user:pass@a.example/v1", "http://user@a.example/v1",
        "http://:pass@a.example/v1", "http://@a.example/v1"}) {
    expect_refused(at_url(url));
    EXPECT_EQ(
        problems_of(at_url(url).toml).find("a.example"), std::string::npos)
        << url;
  }
}

TEST_F(AgentRulesTest, UrlsOfOtherKindsAreRefused) {
  for (auto url :
       {"ftp://a.example/v1", "a.example/v1", "http://", "http:///v1",
        "http://a.example/v1#part", "not a url", ""})
    expect_refused(at_url(url));
}

TEST_F(AgentRulesTest, NamesAreAtMost256CharactersWhateverTheirBytes) {
  const auto named = [](std::string_view name) {
    return demo_with(
        fmt::format("name = \"{}\"", name),
        fmt::format("\"name\":\"{}\"", name));
  };
  std::string longest;
  for (int i = 0; i < 256; ++i)
    longest += "ä";
  expect_taken(named(longest));
  expect_refused(named(longest + "a"));
  expect_refused(named("a\\u0007"));
}

TEST_F(AgentRulesTest, AnAgentCanBeCalledByTheLongestId) {
  const std::string did(256, 'd');
  expect_taken(
      {fmt::format("[[agents]]\ndid = \"{}\"\nprovider = \"demo\"\n", did),
       fmt::format(R"({{"did":"{}","provider":"demo"}})", did)});
}

TEST_F(AgentRulesTest, FallbacksAreAtMostSixteen) {
  const auto with = [](std::size_t count) {
    return demo_with(
        many(count, "fallback_models = [", "]", "\"m{}\""),
        many(count, "\"fallbackModels\":[", "]", "\"m{}\""));
  };
  expect_taken(with(16));
  expect_refused(with(17));
  expect_refused(
      demo_with("fallback_models = [\"\"]", R"("fallbackModels":[""])"));
}

TEST_F(AgentRulesTest, HeadersAreAtMost64OfAtMost8KiB) {
  const auto with = [](std::size_t count) {
    return demo_with(
        many(count, "headers = {", "}", "X-{:02} = \"v\""),
        many(count, "\"headers\":{", "}", "\"X-{:02}\":\"v\""));
  };
  expect_taken(with(64));
  expect_refused(with(65));
  const auto of_size = [](std::size_t bytes) {
    const std::string value(bytes, 'v');
    return demo_with(
        fmt::format("headers = {{ X = \"{}\" }}", value),
        fmt::format("\"headers\":{{\"X\":\"{}\"}}", value));
  };
  expect_taken(of_size(8 * 1024));
  expect_refused(of_size(8 * 1024 + 1));
}

TEST_F(AgentRulesTest, HeadersAreWhatHttpAllows) {
  expect_taken(demo_with("headers = { X = \"\" }", R"("headers":{"X":""})"));
  expect_refused(
      demo_with("headers = { X = \"schön\" }", R"("headers":{"X":"schön"})"));
  expect_refused(
      demo_with("headers = { \"X Y\" = \"v\" }", R"("headers":{"X Y":"v"})"));
  expect_refused(
      demo_with("headers = { X = \"a\\nb\" }", R"("headers":{"X":"a\nb"})"));
}

TEST_F(AgentRulesTest, VariablesOfHansardsOwnHoldNoKeyOfAModelServer) {
  for (auto name : {"HANSARD_ADMIN_KEY", "NEXTAUTH_SECRET", "AUTH_SECRET"})
    expect_refused(demo_with(
        fmt::format("api_key_env = \"{}\"", name),
        fmt::format("\"apiKeyEnv\":\"{}\"", name)));
  expect_taken(
      demo_with("api_key_env = \"OPENAI_KEY\"", R"("apiKeyEnv":"OPENAI_KEY")"));
  expect_refused(demo_with("api_key_env = \"a\\nb\"", R"("apiKeyEnv":"a\nb")"));
}

TEST_F(AgentRulesTest, ParametersAreTheSame) {
  expect_taken(demo_with(
      "parameters = { b = { snake_case = [1, true] } }",
      R"("parameters":{"b":{"snake_case":[1,true]}})"));
  expect_taken(demo_with("parameters = {}", R"("parameters":{})"));
}

} // namespace
} // namespace hansard
