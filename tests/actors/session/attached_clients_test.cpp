#include "actors/session/attached_clients.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace hansard::test {

namespace {

batch_ptr batch_at(std::uint64_t version) {
  auto batch = std::make_shared<event_batch>();
  batch->first_version = stream_version{version};
  return batch;
}

class AttachedClientsTest : public ::testing::Test {
protected:
  std::uint64_t attach() {
    attached_client one;
    one.id = clients.next_id();
    clients.add(one);
    return one.id;
  }

  attached_clients clients;
};

TEST_F(AttachedClientsTest, NoIdIsUsedTwice) {
  auto first = attach();
  clients.remove(first);
  EXPECT_NE(attach(), first);
}

TEST_F(AttachedClientsTest, AClientLeavesOnce) {
  attach();
  auto second = attach();
  auto gone = clients.remove(second);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->id, second);
  EXPECT_FALSE(clients.remove(second));
  EXPECT_EQ(clients.size(), 1u);
}

TEST_F(AttachedClientsTest, OnlyTheLastOneToLeaveIsADeparture) {
  auto first = attach();
  auto second = attach();
  clients.remove(first);
  EXPECT_EQ(clients.departures(), 0u);
  clients.remove(second);
  clients.remove(second);
  EXPECT_EQ(clients.departures(), 1u);
  clients.remove(attach());
  EXPECT_EQ(clients.departures(), 2u);
}

TEST_F(AttachedClientsTest, ThereIsRoomForSoManyAndNoMore) {
  for (std::size_t i = 0; i < attached_clients::max_clients; ++i) {
    ASSERT_FALSE(clients.full());
    attach();
  }
  EXPECT_TRUE(clients.full());
}

TEST_F(AttachedClientsTest, TheNewestBatchesAreAtHandWithoutAGap) {
  std::uint64_t last = attached_clients::max_recent + 5;
  for (std::uint64_t version = 1; version <= last; ++version)
    clients.remember(batch_at(version));
  auto recent = clients.recent();
  ASSERT_EQ(recent.size(), attached_clients::max_recent);
  for (std::size_t i = 0; i < recent.size(); ++i)
    EXPECT_EQ(recent[i]->first_version.value, 6 + i);
  clients.forget();
  EXPECT_TRUE(clients.recent().empty());
}

} // namespace

} // namespace hansard::test
