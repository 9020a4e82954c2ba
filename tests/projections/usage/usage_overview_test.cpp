#include "projections/usage/limit_overview.hpp"
#include "projections/usage/usage.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

using testing::ElementsAre;

TEST(LimitOverviewTest, WhatRunsAndWhatEndedIsTakenOff) {
  auto now = from_unix_us(1'780'000'000'000'000);
  usage_counters all;
  all.days[utc_day(now)] = {300, 200};
  all.running = 2;
  effective_policy policy;
  policy.tokens_per_day = ruled<std::uint64_t>{1'000, {}, false};
  policy.concurrent_streams = ruled<std::uint32_t>{2, {}, false};
  auto limits = limits_in_force(policy, all, {}, now);
  ASSERT_EQ(limits.size(), 2u);
  EXPECT_EQ(limits[0].rule, "maxConcurrentStreams");
  EXPECT_EQ(limits[0].remaining, 0u);
  EXPECT_EQ(limits[1].used, 300u);
  EXPECT_EQ(limits[1].reserved, 200u);
  EXPECT_EQ(limits[1].remaining, 500u);
  EXPECT_EQ(limits[1].reset, next_utc_day(now) - now);
}

TEST(LimitOverviewTest, ALimitOfAnAgentCountsItsTurnsAlone) {
  auto now = from_unix_us(1'780'000'000'000'000);
  usage_counters all;
  all.days[utc_day(now)] = {300, 0};
  usage_counters with_agent;
  with_agent.days[utc_day(now)] = {20, 0};
  effective_policy policy;
  policy.tokens_per_day = ruled<std::uint64_t>{10, {}, true};
  policy.tokens_per_month = ruled<std::uint64_t>{1'000, {}, false};
  auto limits = limits_in_force(policy, all, with_agent, now);
  ASSERT_EQ(limits.size(), 2u);
  EXPECT_EQ(limits[0].used, 20u);
  EXPECT_EQ(limits[0].remaining, 0u);
  EXPECT_EQ(limits[1].remaining, 700u);
}

/// Turns of several principals in the rows of the projection.
class UsageTotalsTest : public ::testing::Test {
protected:
  void turn_of(const std::string& user, const std::string& agent) {
    auto id = session(++last_);
    writer_.open(id, user, agent);
    writer_.complete(id);
  }
  void project() {
    auto fold = make_usage(*rows_);
    ASSERT_TRUE(catch_up(*fold, *log_));
  }
  std::vector<std::string> walk(
      std::size_t limit, std::string_view user = "",
      std::string_view agent = "") {
    usage_reader reader{*rows_};
    list_query query{{}, limit};
    std::vector<std::string> seen;
    do {
      auto page = value_of(
          reader.totals_of(utc_month(writer_.now()), user, agent, query));
      EXPECT_LE(page.entries.size(), limit);
      for (const auto& one : page.entries)
        seen.push_back(
            one.user + ' ' + one.agent + ' ' + std::to_string(one.turns));
      query.after = page.next;
    } while (!query.after.empty());
    return seen;
  }

  std::unique_ptr<event_log> log_ = make_memory_event_log();
  std::unique_ptr<row_store> rows_ = make_memory_row_store();
  log_writer writer_{*log_};
  std::uint64_t last_ = 0;
};

TEST_F(UsageTotalsTest, EachUserAndAgentIsTotalledOnceWhateverThePages) {
  for (int i = 0; i < 3; ++i)
    turn_of("ann", "a");
  turn_of("ann", "b");
  turn_of("bob", "a");
  project();
  for (std::size_t limit : {1, 2, 3, 50})
    EXPECT_THAT(walk(limit), ElementsAre("ann a 3", "ann b 1", "bob a 1"))
        << limit;
  EXPECT_THAT(walk(1, "ann"), ElementsAre("ann a 3", "ann b 1"));
  EXPECT_THAT(walk(1, "", "a"), ElementsAre("ann a 3", "bob a 1"));
  EXPECT_THAT(walk(1, "an"), testing::IsEmpty());
}

} // namespace
} // namespace hansard::test
