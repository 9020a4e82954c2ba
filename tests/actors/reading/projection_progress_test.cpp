#include "actors/projection_progress.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hansard {

namespace {

using clock = std::chrono::steady_clock;

class ProjectionProgressTest : public testing::Test {
protected:
  void wait_for(std::uint64_t position, int deadline_seconds = 5) {
    progress.when_reached(
        {position}, clock::time_point{std::chrono::seconds{deadline_seconds}},
        reply<std::monostate>{[this, position](result<std::monostate> r) {
          answers.emplace_back(position, r ? ec::none : r.error().code);
        }});
  }
  bool expire_at(int seconds) {
    return progress.expire(clock::time_point{std::chrono::seconds{seconds}});
  }

  std::vector<std::pair<std::uint64_t, ec>> answers;
  projection_progress progress;
};

using answer_list = std::vector<std::pair<std::uint64_t, ec>>;

} // namespace

TEST_F(ProjectionProgressTest, WhatIsReachedIsAnsweredAtOnce) {
  progress.add("a");
  progress.advance("a", {7});
  wait_for(7);
  EXPECT_EQ(answers, (answer_list{{7, ec::none}}));
}

TEST_F(ProjectionProgressTest, TheSlowestProjectionDecides) {
  progress.add("a");
  progress.add("b");
  wait_for(5);
  progress.advance("a", {9});
  EXPECT_TRUE(answers.empty());
  progress.advance("b", {4});
  EXPECT_TRUE(answers.empty());
  progress.advance("b", {5});
  EXPECT_EQ(answers, (answer_list{{5, ec::none}}));
  EXPECT_EQ(progress.slowest(), log_position{5});
}

TEST_F(ProjectionProgressTest, OnlyThoseWhoWaitForNoMoreAreAnswered) {
  progress.add("a");
  wait_for(5);
  wait_for(6);
  wait_for(5);
  progress.advance("a", {5});
  EXPECT_EQ(answers, (answer_list{{5, ec::none}, {5, ec::none}}));
  progress.advance("a", {6});
  EXPECT_EQ(answers.size(), 3u);
}

TEST_F(ProjectionProgressTest, AWaitThatRunsOutIsAnswered) {
  progress.add("a");
  wait_for(5, 1);
  wait_for(5, 3);
  EXPECT_TRUE(expire_at(0));
  EXPECT_TRUE(answers.empty());
  EXPECT_TRUE(expire_at(1));
  EXPECT_EQ(answers, (answer_list{{5, ec::timed_out}}));
  EXPECT_FALSE(expire_at(3));
  progress.advance("a", {5});
  EXPECT_EQ(answers.size(), 2u);
}

TEST_F(ProjectionProgressTest, AProjectionThatRestartsDoesNotGoBack) {
  progress.add("a");
  progress.advance("a", {5});
  progress.add("a");
  EXPECT_EQ(progress.slowest(), log_position{5});
}

TEST_F(ProjectionProgressTest, AnAnswerMayAskAgain) {
  progress.add("a");
  bool again = false;
  progress.when_reached(
      {1}, clock::time_point::max(),
      reply<std::monostate>{[&](result<std::monostate>) {
        progress.when_reached(
            {1}, clock::time_point::max(),
            reply<std::monostate>{
                [&](result<std::monostate> r) { again = r.has_value(); }});
      }});
  progress.advance("a", {1});
  EXPECT_TRUE(again);
}

TEST(Promise7BoundsTest, ReadersThatWaitForAProjectionAreBounded) {
  projection_progress progress;
  progress.add("a");
  std::size_t refused = 0;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < projection_progress::max_waiters + 3; ++i)
    progress.when_reached(
        {1}, clock::time_point::max(),
        reply<std::monostate>{[&](result<std::monostate> r) {
          ++answered;
          refused += !r && r.error().code == ec::overloaded;
        }});
  EXPECT_EQ(answered, 3u);
  EXPECT_EQ(refused, 3u);
  progress.advance("a", {1});
  EXPECT_EQ(answered, projection_progress::max_waiters + 3);
}

} // namespace hansard
