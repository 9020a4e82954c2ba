#include "tests/tools/config/config_files.hpp"

#include <gmock/gmock.h>

namespace hansard {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view whole_agent = R"(
[[agents]]
did = "did:vaultys:z6Mkf9x3TQ"
name = "analyst"
provider = "openai-compatible"
base_url = "http://127.0.0.1:11434/v1"
model = "llama3.2"
fallback_models = ["small", "smaller"]
api_key_env = "OPENAI_API_KEY"
system_prompt = "You are a \"financial\"\nanalyst."
headers = { X-Team = "blue", Authorization = "Bearer tell-nobody" }
parameters = { temperature = 0.5, stop = ["a", "b"], nested = { n = 1, t = true } }
history = "strict"
on_disconnect = "cancel"
partial_answers = "hide"
disconnect_grace = "3s"
connect_timeout = "1s"
first_token_timeout = "2s"
idle_timeout = "4s"
max_attempts = 5
max_turn = "1m"
max_output_tokens = 1234
)";

class AgentConfigTest : public config_fixture {
protected:
  /// The lines of an agent, behind "[[agents]]" on line 1.
  std::string problems_of_agent(std::string_view lines) {
    return problems_of("[[agents]]\n" + std::string(lines));
  }

  std::vector<agent_spec> agents() {
    auto c = load();
    EXPECT_TRUE(c) << (c ? "" : c.error().message);
    return c ? c->agents : std::vector<agent_spec>{};
  }
};

TEST_F(AgentConfigTest, EveryMemberIsRead) {
  write(whole_agent);
  auto read = agents();
  ASSERT_EQ(read.size(), 1u);
  agent_spec want;
  want.did = "did:vaultys:z6Mkf9x3TQ";
  want.name = "analyst";
  want.provider = "openai-compatible";
  want.base_url = "http://127.0.0.1:11434/v1";
  want.model = "llama3.2";
  want.fallback_models = {"small", "smaller"};
  want.api_key_env = "OPENAI_API_KEY";
  want.system_prompt = "You are a \"financial\"\nanalyst.";
  want.headers = {{"Authorization", "Bearer tell-nobody"}, {"X-Team", "blue"}};
  want.parameters = read[0].parameters;
  want.history = history_policy::strict;
  want.on_disconnect = disconnect_policy::cancel;
  want.partial_answers = partial_policy::hide;
  want.disconnect_grace_ms = 3'000;
  want.connect_timeout_ms = 1'000;
  want.first_token_timeout_ms = 2'000;
  want.idle_timeout_ms = 4'000;
  want.max_attempts = 5;
  want.max_turn_ms = 60'000;
  want.max_output_tokens = 1'234;
  EXPECT_EQ(read[0], want);
  EXPECT_THAT(read[0].parameters, HasSubstr("\"stop\":[\"a\",\"b\"]"));
  EXPECT_THAT(read[0].parameters, HasSubstr("\"nested\":{\"n\":1,\"t\":true}"));
  EXPECT_THAT(read[0].parameters, HasSubstr("\"temperature\":5E-1"));
}

TEST_F(AgentConfigTest, WhatIsShownHidesHeadersAndReadsBackTheSame) {
  write(whole_agent);
  auto first = load();
  ASSERT_TRUE(first);
  const auto shown = show_config(*first);
  EXPECT_THAT(shown, Not(HasSubstr("tell-nobody")));
  write(shown);
  auto again = agents();
  ASSERT_EQ(again.size(), 1u) << shown;
  auto want = first->agents[0];
  for (auto& [name, value] : want.headers)
    value = "(hidden)";
  EXPECT_EQ(again[0], want);
}

TEST_F(AgentConfigTest, AKeyComesFromACredentialOrAVariable) {
  const std::string model = R"(did = "d"
provider = "openai-compatible"
base_url = "http://127.0.0.1:1/v1"
model = "m"
)";
  EXPECT_EQ(problems_of_agent(model + "credential = \"openai\"\n"), "");
  EXPECT_EQ(agents()[0].credential, "openai");
  EXPECT_THAT(
      problems_of_agent(
          model + "credential = \"openai\"\napi_key_env = \"KEY\"\n"),
      HasSubstr("hansard.toml:6: [[agents]] credential: excludes"));
  EXPECT_THAT(
      problems_of_agent(model + "credential = \"sk 1\"\n"),
      HasSubstr("hansard.toml:6: [[agents]] credential: must be the name"));
}

TEST_F(AgentConfigTest, FlagsReplaceTheVariablesAgentsAndThoseTheFiles) {
  write("[[agents]]\ndid = \"file\"\nprovider = \"demo\"\n");
  EXPECT_EQ(agents()[0].did, "file");
  sources.environment["HANSARD_AGENTS"] =
      R"([{ did = "env-1", provider = "demo" }, { did = "env-2", provider = "demo" }])";
  ASSERT_EQ(agents().size(), 2u);
  EXPECT_EQ(agents()[1].did, "env-2");
  sources.agents = {R"({ did = "flag", provider = "demo" })"};
  ASSERT_EQ(agents().size(), 1u);
  EXPECT_EQ(agents()[0].did, "flag");
}

TEST_F(AgentConfigTest, ABadFlagOrVariableIsNamed) {
  sources.agents = {R"({ did = "x", provider = "dmeo" })"};
  EXPECT_THAT(
      problems(), HasSubstr("--agent: [[agents]] provider: must be demo or"));
  sources.agents = {"{ did ="};
  EXPECT_THAT(problems(), HasSubstr("--agent: not valid TOML"));
  sources.agents = {"]\nserver = { listen = 1 }\nx = [1"};
  EXPECT_NE(problems(), "");
  sources.agents.clear();
  sources.environment["HANSARD_AGENTS"] = "7";
  EXPECT_THAT(problems(), HasSubstr("HANSARD_AGENTS: agents: expected tables"));
}

TEST_F(AgentConfigTest, AnUnknownMemberNamesItsLineAndTheNearest) {
  EXPECT_EQ(
      problems_of_agent("did = \"d\"\nmodle = \"m\"\n"),
      "hansard.toml:3: [[agents]] modle: is not known; did you mean "
      "\"model\"?");
}

TEST_F(AgentConfigTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(
      problems_of_agent("provider = \"demo\"\n"), HasSubstr("did: is missing"));
  EXPECT_THAT(
      problems_of_agent("did = \"d\"\n"), HasSubstr("provider: is missing"));
  EXPECT_THAT(
      problems_of_agent("did = \"d\"\nprovider = \"openai-compatible\"\n"),
      HasSubstr("model: is missing"));
  EXPECT_THAT(
      problems_of_agent(
          "did = \"d\"\nprovider = \"openai-compatible\"\nmodel = \"m\"\n"),
      HasSubstr("base_url: is missing"));
}

TEST_F(AgentConfigTest, BadMembersAreRefusedWithTheirLine) {
  const std::pair<std::string_view, std::string_view> lines[] = {
      {"did = 3", "did: must be a string"},
      {"did = \"a\\u0007\"\nprovider = \"demo\"", "did: must be 1 to 256"},
      {"fallback_models = \"m\"", "fallback_models: must be an array"},
      {"fallback_models = [1]", "fallback_models[0]: must be a string"},
      {"headers = [\"a\"]", "headers: must be an object of strings"},
      {"parameters = 1", "parameters: must be an object"},
      {"parameters = { d = 1979-05-27 }", "which JSON does not have"},
      {"parameters = { d = nan }", "which JSON does not have"},
      {"history = \"maybe\"", "history: must be branch or strict"},
      {"on_disconnect = true", "on_disconnect: must be a string"},
      {"partial_answers = 1", "partial_answers: must be a string"},
      {"idle_timeout = 10", "expected a duration as a string"},
      {"idle_timeout = \"0s\"", "out of range"},
      {"idle_timeout = \"100d\"", "out of range"},
      {"idle_timeout = \"2d\"", "out of range; expected 1ms to 1d"},
      {"max_attempts = -4", "must be a whole number of 1 to 10"},
      {"max_attempts = \"3\"", "must be a whole number of 1 to 10"},
  };
  for (const auto& [line, wanted] : lines) {
    const auto text = problems_of_agent(line);
    EXPECT_THAT(text, HasSubstr(std::string(wanted))) << line;
    EXPECT_THAT(text, HasSubstr("hansard.toml:2: [[agents]] ")) << line;
  }
}

TEST_F(AgentConfigTest, WhatTheWholeAgentHasWrongIsShownAtItsLine) {
  const std::string demo = "did = \"d\"\nprovider = \"demo\"\n";
  const std::pair<std::string_view, std::string_view> lines[] = {
      {"headers = { \"a b\" = \"c\" }", "headers.a b: name and value"},
      {"headers = { a = \"b\\r\\nc: d\" }", "headers.a: name and value"},
      {"max_attempts = 0", "max_attempts: must be a whole number of 1 to 10"},
      {"max_attempts = 20", "max_attempts: must be a whole number of 1 to 10"},
  };
  for (const auto& [line, wanted] : lines) {
    const auto text = problems_of_agent(demo + std::string(line));
    EXPECT_THAT(
        text, HasSubstr("hansard.toml:4: [[agents]] " + std::string(wanted)))
        << line;
  }
}

TEST_F(AgentConfigTest, MembersAreCalledWhatTheFileCallsThem) {
  const auto text = problems_of_agent(
      "did = \"d\"\nprovider = \"demo\"\ncredential = \"openai\"\n"
      "api_key_env = \"KEY\"\n");
  EXPECT_THAT(text, HasSubstr("credential: excludes api_key_env"));
  EXPECT_THAT(text, Not(HasSubstr("apiKeyEnv")));
}

TEST_F(AgentConfigTest, ParametersWithoutAMemberAreNone) {
  EXPECT_EQ(
      problems_of_agent("did = \"d\"\nprovider = \"demo\"\nparameters = {}\n"),
      "");
  EXPECT_EQ(agents().at(0).parameters, "");
}

TEST_F(AgentConfigTest, BaseUrlsAreChecked) {
  for (const char* url :
       {"ftp://x/v1", "127.0.0.1/v1", "http://", "http:///v1",
        "http://u:p@x/v1", "http://x/v1#a", "not a url"}) {
    EXPECT_THAT(
        problems_of_agent(
            "did = \"d\"\nprovider = \"openai-compatible\"\nmodel = \"m\"\n"
            "base_url = \""
            + std::string(url) + "\"\n"),
        HasSubstr("hansard.toml:5: [[agents]] base_url: "))
        << url;
  }
}

TEST_F(AgentConfigTest, TheSameDidTwiceIsRefused) {
  EXPECT_EQ(
      problems_of("[[agents]]\ndid = \"d\"\nprovider = \"demo\"\n"
                  "[[agents]]\ndid = \"d\"\nprovider = \"demo\"\n"),
      "hansard.toml:4: [[agents]] did: \"d\" is there twice");
}

TEST_F(AgentConfigTest, TooManyAreRefused) {
  std::string toml;
  for (std::size_t i = 0; i <= max_configured_agents; ++i)
    toml += "[[agents]]\ndid = \"d" + std::to_string(i)
            + "\"\nprovider = \"demo\"\n";
  EXPECT_THAT(problems_of(toml), HasSubstr("more than 1000"));
}

} // namespace
} // namespace hansard
