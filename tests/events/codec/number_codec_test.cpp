#include "events/codec/big_endian.hpp"
#include "events/codec/varint.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace hansard {
namespace {

varint_form form_of(std::string_view bytes) {
  std::uint64_t value = 0;
  return take_varint(bytes, value);
}

TEST(VarintTest, NumbersAtEachLengthComeBackInTheirShortestForm) {
  for (unsigned bit = 0; bit < 64; ++bit)
    for (std::uint64_t number :
         {(std::uint64_t{1} << bit) - 1, std::uint64_t{1} << bit}) {
      std::string written;
      put_varint(written, number);
      written += "rest";
      std::string_view bytes = written;
      std::uint64_t value = 0;
      EXPECT_EQ(take_varint(bytes, value), varint_form::shortest) << number;
      EXPECT_EQ(value, number);
      EXPECT_EQ(bytes, "rest");
    }
}

TEST(VarintTest, WhatIsCutOffOrTooLongIsMalformed) {
  EXPECT_EQ(form_of(""), varint_form::malformed);
  EXPECT_EQ(form_of("\x80"), varint_form::malformed);
  EXPECT_EQ(form_of(std::string(9, '\xff') + '\x02'), varint_form::malformed);
  EXPECT_EQ(form_of(std::string(10, '\x80') + '\x01'), varint_form::malformed);
  EXPECT_EQ(form_of(std::string(9, '\xff') + '\x01'), varint_form::shortest);
}

TEST(VarintTest, ANumberWithBytesToSpareIsPadded) {
  EXPECT_EQ(form_of(std::string_view("\x81\x00", 2)), varint_form::padded);
  EXPECT_EQ(form_of(std::string_view("\x80\x00", 2)), varint_form::padded);
  EXPECT_EQ(form_of(std::string_view("\x00", 1)), varint_form::shortest);
}

TEST(BigEndianTest, BytesSortAsTheNumbersDo) {
  std::string last;
  for (std::uint64_t number : {0ull, 1ull, 255ull, 256ull, 1ull << 32, ~0ull}) {
    std::string bytes;
    append_big(bytes, number);
    EXPECT_EQ(bytes.size(), 8u);
    EXPECT_LT(last, bytes);
    EXPECT_EQ(read_big<std::uint64_t>(bytes), number);
    last = bytes;
  }
}

TEST(BigEndianTest, TheWidthIsThatOfTheType) {
  std::string bytes;
  append_big(bytes, std::uint32_t{0x01020304});
  EXPECT_EQ(bytes, "\x01\x02\x03\x04");
  EXPECT_EQ(read_big<std::uint32_t>(bytes + "more"), 0x01020304u);
}

} // namespace
} // namespace hansard
