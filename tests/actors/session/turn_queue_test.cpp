#include "actors/session/turn_queue.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace hansard::test {

namespace {

turn_id numbered(std::uint64_t n) { return turn_id{make_ulid(1, 0, n)}; }

begin_turn_ptr
asked(std::uint64_t turn, busy_policy busy = busy_policy::queue) {
  auto what = std::make_shared<begin_turn>();
  what->turn = numbered(turn);
  what->command.on_busy = busy;
  return what;
}

class TurnQueueTest : public ::testing::Test {
protected:
  TurnQueueTest() { queue.count_in(gauge); }

  prometheus::Gauge gauge;
  turn_queue queue;
};

TEST_F(TurnQueueTest, ThoseThatWaitComeInTheirOrder) {
  queue.add(asked(1));
  queue.add(asked(2));
  EXPECT_EQ(queue.next()->turn, numbered(1));
  EXPECT_EQ(queue.next()->turn, numbered(2));
  EXPECT_EQ(queue.next(), nullptr);
}

TEST_F(TurnQueueTest, ThoseThatInterruptComeBeforeThoseThatWait) {
  queue.add(asked(1));
  queue.add(asked(2, busy_policy::interrupt));
  queue.add(asked(3, busy_policy::interrupt));
  queue.add(asked(4));
  EXPECT_EQ(
      queue.turns(), (std::vector<turn_id>{
                         numbered(2), numbered(3), numbered(1), numbered(4)}));
}

TEST_F(TurnQueueTest, OnlyAnInterrupterInFrontIsNotToWait) {
  EXPECT_EQ(queue.interrupter(), nullptr);
  queue.add(asked(1));
  EXPECT_EQ(queue.interrupter(), nullptr);
  queue.add(asked(2, busy_policy::interrupt));
  ASSERT_NE(queue.interrupter(), nullptr);
  EXPECT_EQ(queue.interrupter()->turn, numbered(2));
  // It was looked at, not taken.
  EXPECT_EQ(queue.turns().size(), 2u);
}

TEST_F(TurnQueueTest, EachOfOneTurnIsTakenOnce) {
  queue.add(asked(1));
  queue.add(asked(2));
  queue.add(asked(1));
  EXPECT_EQ(queue.take(numbered(1))->turn, numbered(1));
  EXPECT_EQ(queue.take(numbered(1))->turn, numbered(1));
  EXPECT_EQ(queue.take(numbered(1)), nullptr);
  EXPECT_EQ(queue.turns(), std::vector<turn_id>{numbered(2)});
}

TEST_F(TurnQueueTest, ItIsFullAtItsLimit) {
  for (std::size_t i = 0; i < turn_queue::max_turns; ++i) {
    EXPECT_FALSE(queue.full());
    queue.add(asked(i));
  }
  EXPECT_TRUE(queue.full());
}

TEST_F(TurnQueueTest, TheGaugeShowsWhatWaitsHoweverItLeaves) {
  {
    turn_queue other;
    other.count_in(gauge);
    for (std::uint64_t i = 0; i < 4; ++i)
      other.add(asked(i));
    queue.add(asked(9));
    EXPECT_EQ(gauge.Value(), 5);
    other.next();
    other.take(numbered(3));
    other.take(numbered(77));
    EXPECT_EQ(gauge.Value(), 3);
  }
  EXPECT_EQ(gauge.Value(), 1);
  EXPECT_EQ(queue.take_all().size(), 1u);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(gauge.Value(), 0);
}

} // namespace

} // namespace hansard::test
