#include "tools/hansard/config/units.hpp"

#include <gtest/gtest.h>

namespace hansard {
namespace {

using std::chrono::milliseconds;

TEST(UnitsTest, DurationsAreReadInEachUnit) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("15s"), milliseconds(15'000));
  EXPECT_EQ(parse_duration("2m"), milliseconds(120'000));
  EXPECT_EQ(parse_duration("1.5h"), milliseconds(5'400'000));
  EXPECT_EQ(parse_duration("1d"), milliseconds(86'400'000));
  EXPECT_EQ(parse_duration("3 s"), milliseconds(3'000));
  EXPECT_EQ(parse_duration("0"), milliseconds(0));
}

TEST(UnitsTest, WhatIsNoDurationIsRefused) {
  for (const char* text :
       {"", "s", "15", "-1s", "1e3s", "15 seconds", "0.5ms", "inf", "nan",
        "1s ", " 1s", "99999d", "99999999999999999999999h", "1ss", "0x1s"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(UnitsTest, SizesAreReadInEachUnit) {
  EXPECT_EQ(parse_size("512")->bytes, 512u);
  EXPECT_EQ(parse_size("64KiB")->bytes, 65'536u);
  EXPECT_EQ(parse_size("8 MiB")->bytes, 8'388'608u);
  EXPECT_EQ(parse_size("1.5GiB")->bytes, 1'610'612'736u);
  EXPECT_EQ(parse_size("1GB")->bytes, 1'000'000'000u);
  EXPECT_EQ(parse_size("0")->bytes, 0u);
}

TEST(UnitsTest, WhatIsNoSizeIsRefused) {
  for (const char* text :
       {"", "MiB", "-1", "1 parsec", "0.3B", "9999999TiB", "1mib", "1e9",
        "99999999999999999999999999999", "1MiB2"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(UnitsTest, WhatIsFormattedIsReadBackTheSame) {
  for (std::uint64_t n :
       {0ull, 1ull, 999ull, 1000ull, 1024ull, 1500ull, 60'000ull, 61'000ull,
        3'600'000ull, 86'400'000ull, 1ull << 20, (1ull << 30) + 1}) {
    EXPECT_EQ(
        parse_duration(format_duration(milliseconds(n % 864'000'000'000))),
        milliseconds(n % 864'000'000'000));
    EXPECT_EQ(parse_size(format_size({n}))->bytes, n);
  }
}

TEST(UnitsTest, TheShortestUnitIsChosen) {
  EXPECT_EQ(format_duration(milliseconds(15'000)), "15s");
  EXPECT_EQ(format_duration(milliseconds(1'500)), "1500ms");
  EXPECT_EQ(format_size({8 << 20}), "8MiB");
  EXPECT_EQ(format_size({1'000}), "1000B");
}

} // namespace
} // namespace hansard
