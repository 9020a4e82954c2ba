#include "actors/journal/append_pipeline.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hansard {

namespace {

constexpr stream_id stream{{{1}}};

token_run run_of(const std::string& text) {
  token_run run;
  run.add(timestamp{}, token_channel::answer, text);
  return run;
}

event title(const std::string& text) { return title_changed{text, {}}; }

class AppendPipelineTest : public testing::Test {
protected:
  /// What the journal does with a job that the log takes.
  append_settled taken(const append_job_ptr& job) {
    job->request.batch->first_version =
        stream_version{job->request.expected.value + 1};
    job->outcome = log_position{100};
    return {job};
  }
  append_settled refused(const append_job_ptr& job) {
    job->outcome = make_error(ec::storage_failed, "no");
    return {job};
  }
  void settle(const append_settled& done) {
    pipeline.settle(
        done, [this](const batch_ptr& batch) { published.push_back(batch); });
  }
  void note(int what) {
    pipeline.on_settled([this, what](const result<log_position>& outcome) {
      settled.push_back(outcome ? what : -what);
    });
  }

  append_pipeline pipeline{stream, stream_version{4}};
  std::vector<batch_ptr> published;
  std::vector<int> settled;
};

} // namespace

TEST_F(AppendPipelineTest, ALoneEventLeavesAtOnce) {
  pipeline.stage(timestamp{}, title("a"));
  auto job = pipeline.next();
  ASSERT_TRUE(job);
  EXPECT_EQ(job->request.expected.value, 4u);
  EXPECT_EQ(job->request.batch->stream, stream);
  EXPECT_EQ(job->request.batch->size(), 1u);
  EXPECT_EQ(job->request.encoded, encode_items(*job->request.batch));
}

TEST_F(AppendPipelineTest, OneAppendIsInFlightAndTheRestLeavesTogether) {
  pipeline.stage(timestamp{}, title("a"));
  auto first = pipeline.next();
  pipeline.stage(run_of("b"));
  pipeline.stage(run_of("c"));
  pipeline.stage(timestamp{}, title("d"));
  pipeline.stage(run_of("e"));
  EXPECT_FALSE(pipeline.next());
  settle(taken(first));
  auto second = pipeline.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->request.expected.value, 5u);
  const auto& items = second->request.batch->items;
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(std::get<token_run>(items[0]).text, "bc");
  EXPECT_EQ(std::get<token_run>(items[0]).marks.size(), 2u);
  EXPECT_EQ(std::get<token_run>(items[2]).text, "e");
}

TEST_F(AppendPipelineTest, NothingStagedIsNothingToSend) {
  EXPECT_FALSE(pipeline.next());
  EXPECT_TRUE(pipeline.idle());
}

TEST_F(AppendPipelineTest, ACallbackWaitsForWhatWasStagedBeforeIt) {
  pipeline.stage(timestamp{}, title("a"));
  note(1);
  auto first = pipeline.next();
  pipeline.stage(timestamp{}, title("b"));
  note(2);
  settle(taken(first));
  EXPECT_EQ(settled, std::vector<int>{1});
  settle(taken(pipeline.next()));
  EXPECT_EQ(settled, (std::vector<int>{1, 2}));
}

TEST_F(AppendPipelineTest, ACallbackForWhatIsInFlightNeedsNothingMore) {
  pipeline.stage(timestamp{}, title("a"));
  auto first = pipeline.next();
  note(1);
  settle(taken(first));
  EXPECT_EQ(settled, std::vector<int>{1});
  EXPECT_TRUE(pipeline.idle());
}

TEST_F(AppendPipelineTest, EventsArePublishedBeforeTheCallbacksRun) {
  pipeline.stage(timestamp{}, title("a"));
  pipeline.on_settled([this](const result<log_position>&) {
    EXPECT_EQ(published.size(), 1u);
    EXPECT_EQ(pipeline.last(), stream_version{5});
    settled.push_back(1);
  });
  settle(taken(pipeline.next()));
  EXPECT_EQ(settled.size(), 1u);
}

TEST_F(AppendPipelineTest, ARefusedAppendPublishesNothing) {
  pipeline.stage(timestamp{}, title("a"));
  note(1);
  settle(refused(pipeline.next()));
  EXPECT_TRUE(published.empty());
  EXPECT_EQ(settled, std::vector<int>{-1});
  EXPECT_EQ(pipeline.last(), stream_version{4});
}

TEST_F(AppendPipelineTest, ACallbackMayStageAndSend) {
  pipeline.stage(timestamp{}, title("a"));
  append_job_ptr second;
  pipeline.on_settled([&](const result<log_position>&) {
    pipeline.stage(timestamp{}, title("b"));
    note(2);
    second = pipeline.next();
  });
  settle(taken(pipeline.next()));
  ASSERT_TRUE(second);
  EXPECT_TRUE(settled.empty());
  settle(taken(second));
  EXPECT_EQ(settled, std::vector<int>{2});
}

TEST_F(AppendPipelineTest, ItIsIdleOnlyWhenEverythingHasSettled) {
  pipeline.stage(timestamp{}, title("a"));
  EXPECT_FALSE(pipeline.idle());
  auto job = pipeline.next();
  EXPECT_FALSE(pipeline.idle());
  settle(taken(job));
  EXPECT_TRUE(pipeline.idle());
}

} // namespace hansard
