#include "tests/tools/config/config_files.hpp"
#include "tools/hansard/config/config.hpp"
#include "tools/hansard/config/policy_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hansard {
namespace {

struct read_policies_of {
  std::vector<policy_spec> policies;
  std::vector<std::string> problems;
};

read_policies_of read(std::string_view text) {
  read_policies_of out;
  auto root = toml::parse(text);
  read_policies(*root.get("policies"), "test.toml", out.policies, out.problems);
  return out;
}

TEST(PolicyConfigTest, PoliciesAreReadInSnakeCase) {
  auto out = read(R"(
[[policies]]
scope = "global"
max_requests_per_minute = 60
max_tokens_per_day = 1_000_000

[[policies]]
scope = "group"
subject = "staff"
allowed_roles = ["user"]
active_hours = { days = ["mon"], from = "08:00", to = "18:00", utc_offset = "+02:00" }
)");
  EXPECT_THAT(out.problems, testing::IsEmpty());
  ASSERT_EQ(out.policies.size(), 2u);
  EXPECT_EQ(out.policies[0].rules.max_requests_per_minute, 60u);
  EXPECT_EQ(out.policies[0].rules.max_tokens_per_day, 1'000'000u);
  EXPECT_EQ(out.policies[1].subject, "staff");
  EXPECT_EQ(*out.policies[1].rules.hours, (active_hours{1, 480, 1'080, 120}));
}

TEST(PolicyConfigTest, WhatIsShownIsReadAgain) {
  policy_spec policy;
  policy.scope = policy_scope::user;
  policy.subject = "did:user:\"1\"";
  policy.rules.max_turn_seconds = 7;
  policy.rules.allowed_models = {"a", "b"};
  policy.rules.allowed_roles = std::uint8_t{0};
  policy.rules.hours = active_hours{0x60, 1, 2, -90};
  policy.expires_us = 32'472'144'000'000'000;
  auto out = read(show_policy(policy));
  EXPECT_THAT(out.problems, testing::IsEmpty());
  ASSERT_EQ(out.policies.size(), 1u);
  EXPECT_EQ(out.policies.front(), policy) << show_policy(policy);
}

TEST(PolicyConfigTest, EachProblemNamesItsLine) {
  auto out = read(R"(
[[policies]]
scope = "global"
max_turn_second = 5

[[policies]]
scope = "user"
max_turn_seconds = 5

[[policies]]
scope = "agent"
subject = "a"
max_turn_seconds = 5

[[policies]]
scope = "agent"
subject = "a"
max_turn_seconds = 6
)");
  ASSERT_EQ(out.problems.size(), 3u);
  EXPECT_THAT(out.problems[0], testing::HasSubstr("maxTurnSecond"));
  EXPECT_THAT(out.problems[0], testing::StartsWith("test.toml:2"));
  EXPECT_THAT(out.problems[1], testing::HasSubstr("subject"));
  EXPECT_THAT(out.problems[2], testing::HasSubstr("another policy"));
  EXPECT_EQ(out.policies.size(), 1u);
}

} // namespace
} // namespace hansard
