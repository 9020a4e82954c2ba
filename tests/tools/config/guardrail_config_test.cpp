#include "tests/tools/config/config_files.hpp"
#include "tools/hansard/config/guardrail_config.hpp"

#include <gmock/gmock.h>

namespace hansard {
namespace {

class GuardrailConfigTest : public config_fixture {
protected:
  std::vector<guardrail_spec> rules_of(std::string_view toml) {
    write(toml);
    auto loaded = load();
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? loaded->guardrails : std::vector<guardrail_spec>{};
  }
};

TEST_F(GuardrailConfigTest, RulesAreReadInSnakeCase) {
  auto rules = rules_of(R"(
[[guardrails]]
name = "cards"
detectors = ["card", "iban"]
patterns = ['acct-\d{6,9}', 'x+']
on = "output"
action = "mask"
required = true
agents = ["did:a:1"]
users = ["did:u:1"]
groups = ["interns"]
mask = "***"
longest_match = 64
)");
  ASSERT_EQ(rules.size(), 1u);
  guardrail_spec wanted;
  wanted.name = "cards";
  wanted.detectors = {"card", "iban"};
  wanted.patterns = {R"(acct-\d{6,9})", "x+"};
  wanted.on = guard_side::output;
  wanted.action = guard_action::mask;
  wanted.required = true;
  wanted.agents = {"did:a:1"};
  wanted.users = {"did:u:1"};
  wanted.groups = {"interns"};
  wanted.mask = "***";
  wanted.longest = 64;
  EXPECT_EQ(rules.front(), wanted);
  EXPECT_EQ(rules_of(show_guardrail(wanted)).front(), wanted);
}

TEST_F(GuardrailConfigTest, EachProblemNamesItsLine) {
  EXPECT_EQ(
      problems_of(R"([[guardrails]]
name = "a"
detectors = ["email"]

[[guardrails]]
name = "a"
detectors = ["email"]
)"),
      "hansard.toml:5: [[guardrails]] name: has another rule above");
  EXPECT_THAT(
      problems_of("[[guardrails]]\nname = \"a\"\nrequird = true\n"),
      testing::HasSubstr("requird: is not known; did you mean \"required\"?"));
  EXPECT_THAT(
      problems_of("guardrails = 7\n"),
      testing::HasSubstr("expected tables, each under [[guardrails]]"));
}

TEST_F(GuardrailConfigTest, ARuleThatCanNotRunIsRefused) {
  EXPECT_THAT(
      problems_of("[[guardrails]]\nname = \"a\"\npatterns = ['(']\n"),
      testing::HasSubstr("patterns"));
  EXPECT_THAT(
      problems_of("[[guardrails]]\nname = \"a\"\ndetectors = [\"mail\"]\n"),
      testing::HasSubstr("detectors"));
}

} // namespace
} // namespace hansard
