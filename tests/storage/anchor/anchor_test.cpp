#include "storage/anchor/anchor.hpp"
#include "storage/anchor/anchor_keeper.hpp"
#include "storage/disk/env_files.hpp"
#include "tests/storage/log_support.hpp"
#include "tests/support/fault_file_system.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace hansard::test {

namespace {

using detail::anchor;
using detail::anchor_from;
using detail::anchor_keeper;
using detail::mark_of_first;
using detail::mark_of_last;

anchor sample() {
  anchor a;
  for (std::uint8_t i = 0; i < a.store.size(); ++i)
    a.store[i] = static_cast<std::uint8_t>(i * 17);
  a.head = {{4711}, 0x0123456789abcdef};
  return a;
}

TEST(AnchorTest, TheFileIsTheDocumentedText) {
  EXPECT_EQ(
      to_text(sample()), "hansard log anchor 1\n"
                         "store 00112233445566778899aabbccddeeff\n"
                         "head 4711\n"
                         "event 0123456789abcdef\n"
                         "check e4839ff78177646e\n");
  EXPECT_EQ(anchor_from(to_text(sample())), sample());
}

TEST(AnchorTest, AChangedOrCutFileIsNone) {
  auto text = to_text(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(anchor_from(text.substr(0, i))) << i;
    for (char c : {'0', '1', 'x', '\n'}) {
      auto changed = text;
      changed[i] = c;
      if (changed != text) {
        EXPECT_FALSE(anchor_from(changed)) << i;
      }
    }
  }
  EXPECT_FALSE(anchor_from(text + "\n"));
}

TEST(AnchorTest, AMarkIsTheSameWhereverItsEventLies) {
  auto batch = batch_of(
      stream_number(1), tokens({"a", "b"}),
      stamped_event{moment(9), titled("x")}, tokens({"c"}, 10));
  auto last = mark_of_last(batch, {20}, {7});
  auto alone = batch_of(stream_number(1), tokens({"c"}, 10));
  alone.first_version = {7};
  alone.positions = {{{20}, 1}};
  EXPECT_EQ(mark_of_first(alone), last);
  alone.first_version = {8};
  EXPECT_NE(mark_of_first(alone), last);
}

class AnchorKeeperTest : public ::testing::Test {
protected:
  std::optional<anchor> on_disk() {
    auto text = detail::read_file(*env_, path_);
    return *text ? anchor_from(**text) : std::nullopt;
  }

  temp_dir folder_;
  std::string path_ = folder_ / "log.anchor";
  std::shared_ptr<fault_file_system> disk_ =
      std::make_shared<fault_file_system>();
  std::unique_ptr<rocksdb::Env> env_ = env_on(disk_);
};

TEST_F(AnchorKeeperTest, TheLastMoveIsOnDiskWhenItIsGone) {
  auto a = sample();
  {
    anchor_keeper keeper{env_.get(), path_, a};
    for (std::uint64_t i = 5000; i < 5100; ++i)
      keeper.moved({{i}, i});
  }
  EXPECT_EQ(on_disk()->head.position, log_position{5099});
  EXPECT_EQ(on_disk()->store, a.store);
}

TEST_F(AnchorKeeperTest, WithoutAMoveItWritesNothing) {
  { anchor_keeper keeper{env_.get(), path_, sample()}; }
  EXPECT_FALSE(on_disk());
}

TEST_F(AnchorKeeperTest, AFailedWriteLeavesTheOldAnchorWhole) {
  ASSERT_TRUE(detail::replace_file(*env_, path_, to_text(sample())).ok());
  disk_->fail_after(0, {disk_call::write}, rocksdb::IOStatus::NoSpace());
  {
    anchor_keeper keeper{env_.get(), path_, sample()};
    keeper.moved({{5000}, 1});
  }
  EXPECT_EQ(on_disk(), sample());
}

} // namespace

} // namespace hansard::test
