#include "storage/format/keys.hpp"
#include "storage/format/varint.hpp"
#include "storage/rocksdb/head_cache.hpp"
#include "tests/storage/log_support.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace hansard::test {

namespace {

using detail::byte_reader;

TEST(VarintTest, EveryMagnitudeComesBack) {
  for (int shift = 0; shift < 64; ++shift) {
    for (int near = -1; near <= 1; ++near) {
      auto value =
          (std::uint64_t{1} << shift) + static_cast<std::uint64_t>(near);
      std::string bytes;
      put_varint(bytes, value);
      byte_reader in{bytes};
      EXPECT_EQ(in.varint(), value);
      EXPECT_TRUE(in.done());
      auto number = static_cast<std::int64_t>(value);
      EXPECT_EQ(unzigzag(zigzag(number)), number);
    }
  }
}

TEST(VarintTest, WhatIsNotInItsShortestFormOrTooLongFails) {
  for (std::string bytes :
       {std::string("\x80", 1), std::string("\x80\x00", 2),
        std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10),
        std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)}) {
    byte_reader in{bytes};
    EXPECT_EQ(in.varint(), 0u);
    EXPECT_TRUE(in.failed());
  }
}

TEST(VarintTest, AReaderThatFailedGivesNothingMore) {
  byte_reader in{"abc"};
  EXPECT_EQ(in.bytes(4), "");
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.bytes(1), "");
  EXPECT_EQ(in.varint(), 0u);
  EXPECT_EQ(in.remaining(), 0u);
}

TEST(KeyTest, KeysSortAsNumbersDo) {
  auto stream = stream_number(1);
  EXPECT_LT(detail::log_key({255}), detail::log_key({256}));
  EXPECT_LT(
      detail::stream_key(stream, {255}), detail::stream_key(stream, {256}));
  EXPECT_LT(
      detail::stream_key(stream, {UINT64_MAX}),
      detail::stream_key(stream_number(2), {1}));
}

TEST(KeyTest, ASpansClassIsTheLeastPowerThatHoldsIt) {
  auto class_of = [](std::uint64_t length) {
    return int{detail::span_class({10}, {10 + length - 1})};
  };
  EXPECT_EQ(class_of(1), 0);
  EXPECT_EQ(class_of(2), 1);
  EXPECT_EQ(class_of(3), 2);
  EXPECT_EQ(class_of(4), 2);
  EXPECT_EQ(class_of(5), 3);
  EXPECT_EQ(class_of(1 << 20), 20);
  EXPECT_EQ(class_of((1 << 20) + 1), 21);
}

TEST(HeadCacheTest, TheLongestUnusedLeaves) {
  detail::head_cache cache{2};
  cache.put(stream_number(1), {1});
  cache.put(stream_number(2), {2});
  EXPECT_EQ(cache.find(stream_number(1)), stream_version{1});
  cache.put(stream_number(3), {3});
  EXPECT_EQ(cache.find(stream_number(2)), std::nullopt);
  cache.put(stream_number(1), {9});
  EXPECT_EQ(cache.find(stream_number(1)), stream_version{9});
  EXPECT_EQ(cache.find(stream_number(3)), stream_version{3});
}

} // namespace

} // namespace hansard::test
