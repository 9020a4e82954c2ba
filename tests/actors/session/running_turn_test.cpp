#include "actors/session/running_turn.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace hansard::test {

namespace {

constexpr timestamp start{std::chrono::seconds{1'000}};

/// A turn on its own: no actor, no journal.
class RunningTurnTest : public ::testing::Test {
protected:
  RunningTurnTest() {
    auto agent = std::make_shared<agent_record>();
    agent->spec.max_output_tokens = 4;
    agent->spec.system_prompt = std::string(40, 's');
    what.agent = agent;
    what.turn = turn_id{make_ulid(1, 0, 1)};
    turn.emplace(what, nullptr, model);
  }

  static token_run words(int count, timestamp at = start) {
    token_run run;
    for (int i = 0; i < count; ++i)
      run.add(at, token_channel::answer, "word ");
    return run;
  }

  std::optional<event> take(const token_run& run) {
    return turn->take(run, pipeline, start);
  }

  /// Text and tokens that were staged.
  token_run staged() {
    token_run out;
    auto job = pipeline.next();
    if (job)
      for (const auto& item : job->request.batch->items)
        if (auto* run = std::get_if<token_run>(&item))
          out.append(*run);
    return out;
  }

  begin_turn what;
  session_state model;
  append_pipeline pipeline{stream_id{}, {}};
  std::optional<running_turn> turn;
};

TEST_F(RunningTurnTest, TokensBelowTheLimitEndNothing) {
  EXPECT_FALSE(take(words(3)));
  EXPECT_EQ(staged().marks.size(), 3u);
}

TEST_F(RunningTurnTest, TheAnswerIsCutAtTheLimitWithinARun) {
  EXPECT_FALSE(take(words(3)));
  auto ending = take(words(5));
  ASSERT_TRUE(ending);
  const auto& cut = std::get<generation_completed>(*ending);
  EXPECT_EQ(cut.ending, ending::length);
  EXPECT_EQ(cut.usage.completion, 4u);
  EXPECT_EQ(staged().text, "word word word word ");
}

TEST_F(RunningTurnTest, AnEndingIsReturnedAndNotStaged) {
  upstream_finish finish;
  finish.finish_reason = "stop";
  auto ending = turn->take(finish, pipeline, start);
  EXPECT_FALSE(turn->ends());
  EXPECT_TRUE(pipeline.idle());
  turn->end(std::move(ending), pipeline, start);
  EXPECT_TRUE(turn->ends());
  EXPECT_FALSE(pipeline.idle());
}

TEST_F(RunningTurnTest, AProvidersNumbersAreKeptAndMissingOnesEstimated) {
  model.history.emplace_back().content = std::string(20, 'h');
  take(words(2));
  auto estimate = turn->usage();
  EXPECT_EQ(estimate.source, usage_source::estimated);
  EXPECT_EQ(estimate.prompt, (40u + 20u) / 4u);
  EXPECT_EQ(estimate.completion, 2u);
  token_usage reported;
  reported.source = usage_source::reported;
  reported.completion = 77;
  EXPECT_EQ(turn->usage(reported), reported);
}

TEST_F(RunningTurnTest, CreditGoesBackOnceItIsWorthAMessage) {
  token_run half;
  half.add(
      start, token_channel::answer,
      std::string(upstream_window_bytes / 8, 'x'));
  turn->recorded(half);
  EXPECT_EQ(turn->take_credit(), 0u);
  turn->recorded(half);
  EXPECT_EQ(turn->take_credit(), upstream_window_bytes / 4);
  EXPECT_EQ(turn->take_credit(), 0u);
}

TEST_F(RunningTurnTest, AStreamThatBrokeOffIsTruncatedNotFailed) {
  upstream_failure why;
  why.code = ec::upstream_truncated;
  EXPECT_EQ(turn->failed(why).ending, ending::truncated);
  why.code = ec::upstream_failed;
  EXPECT_EQ(turn->failed(why).ending, ending::failed);
  EXPECT_EQ(turn->lost_worker().code, "internal");
}

} // namespace

} // namespace hansard::test
