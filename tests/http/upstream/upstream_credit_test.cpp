#include "http/upstream/upstream_credit.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace hansard {
namespace {

TEST(UpstreamCreditTest, TheSpenderStopsAtTheWindow) {
  upstream_credit credit(10);
  credit.spend(9);
  EXPECT_TRUE(credit.may_continue());
  credit.spend(1);
  EXPECT_FALSE(credit.may_continue());
}

TEST(UpstreamCreditTest, OnlyTheGrantThatFreesTheSpenderWakesIt) {
  upstream_credit credit(10);
  credit.spend(30);
  EXPECT_FALSE(credit.may_continue());
  EXPECT_FALSE(credit.grant(20));
  EXPECT_TRUE(credit.grant(1));
  EXPECT_FALSE(credit.grant(9));
}

TEST(UpstreamCreditTest, AGrantWakesNobodyWhoDidNotStop) {
  upstream_credit credit(10);
  credit.spend(5);
  EXPECT_TRUE(credit.may_continue());
  EXPECT_FALSE(credit.grant(5));
}

TEST(UpstreamCreditTest, NoWakeUpIsLostBetweenTwoThreads) {
  constexpr int rounds = 20'000;
  upstream_credit credit(1);
  std::atomic<int> handed_over{0};
  std::atomic<int> wake_ups{0};
  std::thread granter([&] {
    for (int granted = 0; granted < rounds;) {
      if (handed_over.load() == granted) {
        std::this_thread::yield();
        continue;
      }
      ++granted;
      if (credit.grant(1))
        ++wake_ups;
    }
  });
  int waits = 0;
  for (int i = 0; i < rounds; ++i) {
    credit.spend(1);
    ++handed_over;
    if (credit.may_continue())
      continue;
    ++waits;
    while (wake_ups.load() < waits)
      std::this_thread::yield();
  }
  granter.join();
  EXPECT_EQ(wake_ups.load(), waits);
}

} // namespace
} // namespace hansard
