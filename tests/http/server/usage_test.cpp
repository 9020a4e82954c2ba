#include "http/message/exchange.hpp"
#include "tests/http/harness/real_server.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace hansard::test {
namespace {

/// What was used, as clients read it from a server with the real ledger.
class UsageRoutesTest : public ::testing::Test {
protected:
  UsageRoutesTest() {
    server_.start();
    for (auto* agent : {"did:a", "did:b"})
      server_.add_agent(agent, "demo");
    server_.add_user("did:ann", std::string(ann));
    server_.add_user("did:bob", std::string(bob));
    server_.grant("did:ann");
    server_.grant("did:bob");
  }

  void chat(std::string_view key, const std::string& agent) {
    auto client = server_.connect();
    client.send(json_request(
        "POST", "/api/chat",
        R"({"agentDid":")" + agent
            + R"(","messages":[{"role":"user","content":"Hello there"}]})",
        key));
    ASSERT_EQ(client.read_head().status, 200u);
    client.read_until("[DONE]");
  }
  boost::json::object
  read(const std::string& path, std::string_view key = real_server::admin_key) {
    auto answer = server_.ask(get_request(path, key));
    EXPECT_EQ(answer.status, 200u) << answer.body;
    return boost::json::parse(answer.body).as_object();
  }
  static std::uint64_t
  number(const boost::json::value& in, std::string_view name) {
    return in.at(name).to_number<std::uint64_t>();
  }

  static constexpr std::string_view ann = "key-of-ann-00000000000001";
  static constexpr std::string_view bob = "key-of-bob-00000000000001";
  real_server server_;
};

TEST_F(UsageRoutesTest, EachSeesWhatTheyUsedByDayAndAgent) {
  chat(ann, "did:a");
  chat(ann, "did:a");
  chat(ann, "did:b");
  chat(bob, "did:b");
  auto mine = read("/api/users/me/usage", ann);
  EXPECT_EQ(mine.at("userDid"), "did:ann");
  EXPECT_EQ(number(mine, "turns"), 3u);
  std::uint64_t turns = 0;
  std::uint64_t tokens = 0;
  for (const auto& day : mine.at("days").as_array()) {
    turns += number(day, "turns");
    tokens += number(day, "promptTokens") + number(day, "completionTokens");
  }
  EXPECT_EQ(turns, 3u);
  EXPECT_GT(tokens, 0u);
  EXPECT_EQ(
      tokens, number(mine, "promptTokens") + number(mine, "completionTokens"));
  EXPECT_EQ(read("/api/users/did:ann/usage"), mine);
  auto none = read("/api/users/me/usage?month=2001-01", ann);
  EXPECT_EQ(number(none, "turns"), 0u);
  EXPECT_TRUE(none.at("days").as_array().empty());
}

TEST_F(UsageRoutesTest, TotalsAreListedByUserAndAgent) {
  chat(ann, "did:a");
  chat(ann, "did:b");
  chat(ann, "did:b");
  chat(bob, "did:b");
  std::vector<std::string> seen;
  std::string cursor;
  do {
    auto page = read("/api/usage?limit=1&cursor=" + cursor);
    for (const auto& one : page.at("usage").as_array())
      seen.push_back(
          std::string(one.at("userDid").as_string()) + ' '
          + std::string(one.at("agentDid").as_string()) + ' '
          + std::to_string(number(one, "turns")));
    cursor = page.at("nextCursor").is_null()
                 ? ""
                 : std::string(page.at("nextCursor").as_string());
  } while (!cursor.empty());
  std::vector<std::string> all{
      "did:ann did:a 1", "did:ann did:b 2", "did:bob did:b 1"};
  EXPECT_EQ(seen, all);
  EXPECT_EQ(
      read("/api/usage?userDid=did:bob").at("usage").as_array().size(), 1u);
  EXPECT_EQ(
      read("/api/usage?agentDid=did:b").at("usage").as_array().size(), 2u);
  EXPECT_EQ(read("/api/usage?q=ANN").at("usage").as_array().size(), 2u);
  EXPECT_TRUE(read("/api/usage?month=2001-01").at("usage").as_array().empty());
}

TEST_F(UsageRoutesTest, LimitsTellWhatIsLeft) {
  policy_rules rules;
  rules.max_tokens_per_month = 1'000'000;
  rules.max_requests_per_hour = 100;
  server_.set_policy(policy_scope::user, "did:ann", rules);
  chat(ann, "did:a");
  auto mine = read("/api/users/me/usage", ann);
  auto limits = mine.at("limits").as_array();
  ASSERT_EQ(limits.size(), 2u);
  EXPECT_EQ(limits[0].at("rule"), "maxRequestsPerHour");
  EXPECT_EQ(number(limits[0], "remaining"), 99u);
  EXPECT_EQ(limits[1].at("rule"), "maxTokensPerMonth");
  auto used = number(mine, "promptTokens") + number(mine, "completionTokens");
  EXPECT_EQ(number(limits[1], "used"), used);
  EXPECT_EQ(number(limits[1], "remaining"), 1'000'000 - used);
  EXPECT_TRUE(read("/api/users/me/usage", bob).at("limits").as_array().empty());
}

TEST_F(UsageRoutesTest, LimitsOfAnAgentAreForWhoMayChatWithIt) {
  policy_rules rules;
  rules.max_requests_per_hour = 100;
  server_.set_policy(policy_scope::agent, "did:a", rules);
  constexpr std::string_view eve = "key-of-eve-00000000000001";
  server_.add_user("did:eve", std::string(eve));
  const std::string path = "/api/users/me/usage?agentDid=did:a";
  EXPECT_EQ(read(path, ann).at("limits").as_array().size(), 1u);
  EXPECT_TRUE(read(path, eve).at("limits").as_array().empty());
}

TEST_F(UsageRoutesTest, AMemberSeesNobodyElses) {
  for (std::string path : {"/api/usage", "/api/users/did:bob/usage"})
    EXPECT_EQ(server_.ask(get_request(path, ann)).status, 403u);
}

TEST_F(UsageRoutesTest, WhatIsNoMonthIsRefused) {
  for (std::string month :
       {"2026", "2026-13", "2026-00", "2026-1", "2026-01-01", "x", "1969-12",
        "2026/01", "+026-01"})
    for (std::string path : {"/api/usage?month=", "/api/users/me/usage?month="})
      EXPECT_EQ(
          server_.ask(get_request(path + month, real_server::admin_key)).status,
          400u)
          << month;
}

} // namespace
} // namespace hansard::test
