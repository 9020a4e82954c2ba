#include "events/json/policy_json.hpp"
#include "http/routes/admin/policy_json.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

result<policy_request> read(const std::string& body) {
  EXPECT_TRUE(check_json(body)) << body;
  return read_policy(json_view{body});
}

const std::string everything =
    R"({"scope":"group","subject":"staff","maxRequestsPerMinute":1,)"
    R"("maxRequestsPerHour":2,"maxConcurrentStreams":3,"maxTokensPerDay":4,)"
    R"("maxTokensPerMonth":5,"maxInputChars":6,"maxOutputTokens":7,)"
    R"("maxTurnSeconds":8,"allowedModels":["a","b"],)"
    R"("allowedRoles":["user","tool"],"activeHours":{"days":["mon","sun"],)"
    R"("from":"08:30","to":"24:00","utcOffset":"-03:30"},)"
    R"("expiresAt":"2999-01-01T00:00:00.000Z"})";

TEST(PolicyJsonTest, WhatIsReadIsShownAgain) {
  auto policy = read(everything);
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy_json(policy->spec), everything);
}

TEST(PolicyJsonTest, EachMemberIsReadIntoItsPlace) {
  auto policy = read(everything);
  ASSERT_TRUE(policy);
  const auto& rules = policy->spec.rules;
  EXPECT_EQ(policy->spec.scope, policy_scope::group);
  EXPECT_EQ(policy->spec.subject, "staff");
  EXPECT_EQ(rules.max_requests_per_minute, 1u);
  EXPECT_EQ(rules.max_requests_per_hour, 2u);
  EXPECT_EQ(rules.max_concurrent_streams, 3u);
  EXPECT_EQ(rules.max_tokens_per_day, 4u);
  EXPECT_EQ(rules.max_tokens_per_month, 5u);
  EXPECT_EQ(rules.max_input_chars, 6u);
  EXPECT_EQ(rules.max_output_tokens, 7u);
  EXPECT_EQ(rules.max_turn_seconds, 8u);
  EXPECT_EQ(rules.allowed_roles, role_bit(role::user) | role_bit(role::tool));
  EXPECT_EQ(*rules.hours, (active_hours{0x41, 510, 1'440, -210}));
}

TEST(PolicyJsonTest, WhatIsWrongIsNamed) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"maxTurnSeconds":1})", "scope"},
      {R"({"scope":"all","maxTurnSeconds":1})", "scope"},
      {R"({"scope":"user","maxTurnSeconds":1})", "subject"},
      {R"({"scope":"global","subject":"x","maxTurnSeconds":1})", "subject"},
      {R"({"scope":"global"})", "limits nothing"},
      {R"({"scope":"global","maxTurnSecond":1})", "maxTurnSecond"},
      {R"({"scope":"global","maxTurnSeconds":0})", "maxTurnSeconds"},
      {R"({"scope":"global","maxOutputTokens":-1})", "maxOutputTokens"},
      {R"({"scope":"global","maxInputChars":4294967296})", "maxInputChars"},
      {R"({"scope":"global","maxTokensPerDay":1.5})", "maxTokensPerDay"},
      {R"({"scope":"global","maxTokensPerDay":9007199254740993})",
       "maxTokensPerDay"},
      {R"({"scope":"global","allowedModels":"m"})", "allowedModels"},
      {R"({"scope":"global","allowedModels":[1]})", "allowedModels"},
      {R"({"scope":"global","allowedRoles":["root"]})", "allowedRoles"},
      {R"({"scope":"global","activeHours":[]})", "activeHours"},
      {R"({"scope":"global","activeHours":{"days":["monday"]}})", "days"},
      {R"({"scope":"global","activeHours":{"from":"24:00"}})", "from"},
      {R"({"scope":"global","activeHours":{"to":"8:00"}})", "to"},
      {R"({"scope":"global","activeHours":{"to":"12:60"}})", "to"},
      {R"({"scope":"global","activeHours":{"utcOffset":"02:00"}})",
       "utcOffset"},
      {R"({"scope":"global","activeHours":{"hours":1}})", "hours"},
      {R"({"scope":"global","maxTurnSeconds":1,"expiresAt":"tomorrow"})",
       "expiresAt"},
      {R"({"scope":"global","maxTurnSeconds":1,)"
       R"("expiresAt":"2001-01-01T00:00:00Z"})",
       "expiresAt"},
      {R"({"scope":"global","maxTurnSeconds":1,"id":"policy_x"})", "id"},
  };
  for (const auto& [body, named] : table) {
    auto policy = read(body);
    ASSERT_FALSE(policy) << body;
    EXPECT_EQ(policy.error().code, ec::invalid_request);
    EXPECT_NE(policy.error().message.find(named), std::string::npos)
        << body << ": " << policy.error().message;
  }
}

} // namespace
} // namespace hansard::test
