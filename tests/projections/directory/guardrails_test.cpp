#include "projections/directory/guardrails.hpp"

#include <gmock/gmock.h>

namespace hansard::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class GuardrailDirectoryTest : public ::testing::Test {
protected:
  void apply(event e) {
    rules_.apply(
        {{}, control_stream, {++version_}, from_unix_us(100), std::move(e)});
  }
  void set(std::string name, std::string pattern) {
    guardrail_spec rule;
    rule.name = std::move(name);
    rule.patterns = {std::move(pattern)};
    apply(guardrail_set{rule, {}});
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& rule : *rules_.rules())
      out.push_back(rule.spec.name);
    return out;
  }

  guardrail_directory rules_;
  std::uint64_t version_ = 0;
};

TEST_F(GuardrailDirectoryTest, RulesAreThereByNameUntilTheyAreRemoved) {
  EXPECT_EQ(rules_.generation(), 0u);
  set("b", "x");
  set("a", "y");
  EXPECT_THAT(names(), ElementsAre("a", "b"));
  apply(guardrail_removed{"b", {}});
  EXPECT_THAT(names(), ElementsAre("a"));
  apply(guardrail_removed{"a", {}});
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(GuardrailDirectoryTest, ARuleIsReplacedAndItsVersionTold) {
  set("a", "x");
  set("a", "y");
  auto rule = rules_.find("a");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->spec.patterns, std::vector<std::string>{"y"});
  EXPECT_EQ(rule->version, stream_version{2});
  EXPECT_EQ(rule->created_at, from_unix_us(100));
  EXPECT_EQ(rules_.rules()->size(), 1u);
}

TEST_F(GuardrailDirectoryTest, EveryChangeAndNothingElseChangesTheGeneration) {
  set("a", "x");
  auto first = rules_.generation();
  apply(agent_retired{"did:a", {}});
  EXPECT_EQ(rules_.generation(), first);
  set("a", "y");
  EXPECT_GT(rules_.generation(), first);
}

TEST_F(GuardrailDirectoryTest, WhatWasAppliedIsNotAppliedAgain) {
  set("a", "x");
  version_ = 0;
  apply(guardrail_removed{"a", {}});
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(GuardrailDirectoryTest, AListThatWasTakenDoesNotChange) {
  set("a", "x");
  auto before = rules_.rules();
  set("b", "y");
  EXPECT_EQ(before->size(), 1u);
}

TEST(GuardrailTest, ARuleIsForItsAgentsOrForAll) {
  guardrail_spec rule;
  EXPECT_TRUE(is_for(rule, "did:a"));
  rule.agents = {"did:b", "did:a"};
  EXPECT_TRUE(is_for(rule, "did:a"));
  EXPECT_FALSE(is_for(rule, "did:c"));
}

TEST(GuardrailTest, ARuleIsForItsUsersAndGroupsOrForEverybody) {
  principal ann;
  ann.user = "did:u:ann";
  ann.groups = {"interns", "staff"};
  guardrail_spec rule;
  EXPECT_TRUE(is_for(rule, "did:a", ann));
  rule.users = {"did:u:bob"};
  EXPECT_FALSE(is_for(rule, "did:a", ann));
  rule.groups = {"guests", "staff"};
  EXPECT_TRUE(is_for(rule, "did:a", ann));
  rule.agents = {"did:b"};
  EXPECT_FALSE(is_for(rule, "did:a", ann));
  rule = {};
  rule.users = {"did:u:bob", "did:u:ann"};
  EXPECT_TRUE(is_for(rule, "did:a", ann));
}

} // namespace
} // namespace hansard::test
