#include "actors/reply.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace hansard {

TEST(ReplyTest, ADroppedReplyIsAnsweredWithAnError) {
  std::vector<ec> answers;
  {
    reply<int> answer{[&answers](result<int> r) {
      answers.push_back(r ? ec::none : r.error().code);
    }};
    auto copy = answer;
  }
  EXPECT_EQ(answers, std::vector<ec>{ec::internal});
}

TEST(ReplyTest, OnlyTheFirstAnswerCounts) {
  std::vector<int> answers;
  {
    reply<int> answer{
        [&answers](result<int> r) { answers.push_back(r ? *r : -1); }};
    auto copy = answer;
    copy(1);
    answer(2);
    answer(make_error(ec::internal, "late"));
  }
  EXPECT_EQ(answers, std::vector<int>{1});
}

TEST(ReplyTest, ACopyKeepsTheAnswerOpen) {
  int answers = 0;
  reply<int> kept;
  {
    reply<int> answer{[&answers](result<int>) { ++answers; }};
    kept = answer;
  }
  EXPECT_EQ(answers, 0);
  kept = {};
  EXPECT_EQ(answers, 1);
}

TEST(ReplyTest, AnEmptyReplyTakesAnAnswerAndDoesNothing) {
  reply<int> nobody;
  nobody(1);
}

TEST(ReplyTest, ThreadsThatRaceGiveOneAnswer) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> answers{0};
    {
      reply<int> answer{[&answers](result<int>) { ++answers; }};
      std::thread other{[answer] { answer(1); }};
      answer(2);
      other.join();
    }
    ASSERT_EQ(answers, 1);
  }
}

} // namespace hansard
