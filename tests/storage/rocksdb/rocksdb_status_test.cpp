#include "storage/disk/rocksdb_status.hpp"

#include <gtest/gtest.h>

namespace hansard::detail {
namespace {

TEST(RocksdbStatusTest, DamageAFullDiskAndAllElseAreTold) {
  EXPECT_EQ(
      to_error(rocksdb::Status::Corruption("x"), "Reading").code, ec::corrupt);
  EXPECT_EQ(
      to_error(rocksdb::Status::NoSpace("x"), "Writing").code,
      ec::storage_full);
  EXPECT_EQ(
      to_error(rocksdb::Status::IOError("x"), "Writing").code,
      ec::storage_failed);
}

TEST(RocksdbStatusTest, TheMessageSaysWhatFailed) {
  auto e = to_error(rocksdb::Status::NoSpace("here"), "Writing the log");
  EXPECT_TRUE(e.message.starts_with("Writing the log failed: ")) << e.message;
  EXPECT_NE(e.message.find("Make room"), std::string::npos) << e.message;
}

} // namespace
} // namespace hansard::detail
