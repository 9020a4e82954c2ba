#include "actors/model/retry_plan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hansard {

namespace {

using std::chrono::milliseconds;

agent_spec
agent(std::uint32_t attempts, std::vector<std::string> fallbacks = {}) {
  agent_spec spec;
  spec.model = "first";
  spec.fallback_models = std::move(fallbacks);
  spec.max_attempts = attempts;
  return spec;
}

upstream_failure failure(
    bool retryable = true, std::optional<milliseconds> retry_after = {},
    ec code = ec::upstream_unavailable) {
  upstream_failure f;
  f.code = code;
  f.retryable = retryable;
  f.retry_after = retry_after;
  return f;
}

} // namespace

TEST(RetryPlanTest, AFailureThatMayPassIsTriedMaxAttemptsTimes) {
  retry_plan plan{agent(3)};
  EXPECT_TRUE(plan.after(failure(), 0.5));
  EXPECT_TRUE(plan.after(failure(), 0.5));
  EXPECT_FALSE(plan.after(failure(), 0.5));
}

TEST(RetryPlanTest, ThePauseDoubles) {
  retry_plan plan{agent(4)};
  EXPECT_EQ(plan.after(failure(), 0.5)->pause, milliseconds{250});
  EXPECT_EQ(plan.after(failure(), 0.5)->pause, milliseconds{500});
  EXPECT_EQ(plan.after(failure(), 0.5)->pause, milliseconds{1000});
}

TEST(RetryPlanTest, JitterSpreadsThePauseByAQuarter) {
  EXPECT_EQ(
      retry_plan{agent(3)}.after(failure(), 0.0)->pause, milliseconds{187});
  auto longest = retry_plan{agent(3)}.after(failure(), 0.999)->pause;
  EXPECT_GT(longest, milliseconds{300});
  EXPECT_LE(longest, milliseconds{313});
}

TEST(RetryPlanTest, RetryAfterIsAFloor) {
  retry_plan plan{agent(3)};
  EXPECT_EQ(
      plan.after(failure(true, milliseconds{7000}), 0.5)->pause,
      milliseconds{7000});
}

TEST(RetryPlanTest, AServerThatAsksForTooLongAPauseIsGivenUp) {
  retry_plan plan{agent(3, {"second"})};
  auto next = plan.after(failure(true, milliseconds{10'001}), 0.5);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->model, "second");
  EXPECT_EQ(next->pause, milliseconds{0});
  EXPECT_FALSE(plan.after(failure(true, milliseconds{3'600'000}), 0.5));
}

TEST(RetryPlanTest, AFailureThatStaysGoesToTheNextModelAtOnce) {
  retry_plan plan{agent(3, {"second", "third"})};
  auto next = plan.after(failure(false), 0.5);
  EXPECT_EQ(next->model, "second");
  EXPECT_EQ(next->pause, milliseconds{0});
  EXPECT_EQ(plan.after(failure(false), 0.5)->model, "third");
  EXPECT_FALSE(plan.after(failure(false), 0.5));
}

TEST(RetryPlanTest, EachFallbackGetsItsOwnAttempts) {
  retry_plan plan{agent(2, {"second"})};
  std::vector<std::string> models{"first"};
  while (auto next = plan.after(failure(), 0.5))
    models.push_back(next->model);
  EXPECT_EQ(
      models, (std::vector<std::string>{"first", "first", "second", "second"}));
}

TEST(RetryPlanTest, AStreamThatBrokeOffIsNeverTriedAgain) {
  retry_plan plan{agent(3, {"second"})};
  EXPECT_FALSE(
      plan.after(failure(true, std::nullopt, ec::upstream_truncated), 0.5));
}

TEST(Promise7BoundsTest, AttemptsEndWhateverTheAgentSays) {
  retry_plan plan{
      agent(4'000'000'000u, std::vector<std::string>(1000, "again"))};
  int attempts = 1;
  while (auto next = plan.after(failure(attempts % 2 == 0), 0.999)) {
    ASSERT_LE(next->pause, retry_plan::longest_pause);
    ASSERT_LE(++attempts, 16);
  }
  EXPECT_EQ(attempts, 16);
}

} // namespace hansard
