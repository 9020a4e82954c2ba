#include "events/time.hpp"
#include "tests/events/codec/random_events.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <tuple>

namespace hansard::test {

namespace {

constexpr std::int64_t second = 1'000'000;

TEST(TimeTest, MomentsAreWrittenInUtcWithMilliseconds) {
  const std::tuple<std::int64_t, std::string_view> table[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {999, "1970-01-01T00:00:00.000Z"},
      {1000, "1970-01-01T00:00:00.001Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {1'779'978'645 * second + 123'999, "2026-05-28T14:30:45.123Z"},
      {951'782'400 * second, "2000-02-29T00:00:00.000Z"},
      {-62'167'219'200 * second, "0000-01-01T00:00:00.000Z"},
      {253'402'300'799 * second + 999'999, "9999-12-31T23:59:59.999Z"},
  };
  for (auto [us, text] : table)
    EXPECT_EQ(to_iso8601(from_unix_us(us)), text);
}

TEST(TimeTest, YearsOfMoreThanFourDigitsAreClamped) {
  using limits = std::numeric_limits<std::int64_t>;
  EXPECT_EQ(
      to_iso8601(from_unix_us(limits::max())), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(
      to_iso8601(from_unix_us(253'402'300'800 * second)),
      "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(
      to_iso8601(from_unix_us(limits::min())), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(
      to_iso8601(from_unix_us(-62'167'219'200 * second - 1)),
      "0000-01-01T00:00:00.000Z");
}

TEST(TimeTest, TextsOfEveryAllowedFormAreRead) {
  const std::tuple<std::string_view, std::int64_t> table[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00.5Z", 500'000},
      {"1970-01-01T00:00:00.000001Z", 1},
      {"1970-01-01T00:00:00.0000019Z", 1},
      {"1970-01-01T00:00:00.12345678901234567890123Z", 123'456},
      {"1970-01-01T01:00:00+01:00", 0},
      {"1969-12-31T18:30:00-05:30", 0},
      {"1970-01-01T00:00:00-00:00", 0},
      {"2026-05-28T14:30:45.123Z", 1'779'978'645 * second + 123'000},
      {"2026-05-28T16:30:45.123+02:00", 1'779'978'645 * second + 123'000},
      {"2000-02-29T00:00:00Z", 951'782'400 * second},
      {"2024-02-29T00:00:00Z", 1'709'164'800 * second},
      {"1970-01-02T23:58:00+23:59", 23 * 3600 * second + 59 * 60 * second},
  };
  for (auto [text, us] : table) {
    auto at = from_iso8601(text);
    ASSERT_TRUE(at) << text;
    EXPECT_EQ(to_unix_us(*at), us) << text;
  }
}

TEST(TimeTest, AnythingElseIsRefused) {
  for (std::string_view text :
       {"",
        "Z",
        "2026",
        "2026-05-28",
        "2026-05-28T14:30Z",
        "2026-05-28T14:30:45",
        "2026-05-28T14:30:45.Z",
        "2026-05-28T14:30:45.123",
        "2026-05-28 14:30:45Z",
        "2026-05-28t14:30:45Z",
        "2026-05-28T14:30:45z",
        "2026-5-28T14:30:45Z",
        "2026-05-28T14:30:45Z ",
        " 2026-05-28T14:30:45Z",
        "2026-05-28T14:30:45ZZ",
        "2026-05-28T14:30:45+01:00Z",
        "2026-05-28T14:30:45+0100",
        "2026-05-28T14:30:45+1:00",
        "2026-05-28T14:30:45+24:00",
        "2026-05-28T14:30:45+01:60",
        "2026-05-28T14:30:45+-1:00",
        "2026-00-28T14:30:45Z",
        "2026-13-28T14:30:45Z",
        "2026-05-00T14:30:45Z",
        "2026-05-32T14:30:45Z",
        "2026-04-31T14:30:45Z",
        "2026-02-29T14:30:45Z",
        "1900-02-29T14:30:45Z",
        "2100-02-29T14:30:45Z",
        "2026-05-28T24:00:00Z",
        "2026-05-28T14:60:45Z",
        "2026-05-28T14:30:60Z",
        "+026-05-28T14:30:45Z",
        "-026-05-28T14:30:45Z",
        "2026-05-28T14:30:45.1.2Z",
        "2026-05-28T14:30:45,5Z",
        "12026-05-28T14:30:45Z",
        "２０26-05-28T14:30:45Z"})
    EXPECT_FALSE(from_iso8601(text)) << text;
  using namespace std::string_view_literals;
  EXPECT_FALSE(from_iso8601("2026-05-28T14:30:45\0Z"sv));
  EXPECT_FALSE(from_iso8601("2026-05-28T14:30:45Z\0"sv));
}

TEST(TimeTest, EveryTruncationIsRefused) {
  std::string_view text = "2026-05-28T14:30:45.123+02:00";
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(from_iso8601(text.substr(0, size))) << size;
}

TEST(TimeTest, WhatIsWrittenIsReadAgainToTheMillisecond) {
  for (int round = 0; round < 5000; ++round) {
    random_source source{base_seed() + round};
    // Anywhere from year 0 to 9999.
    auto ms = static_cast<std::int64_t>(source.below(315'569'520'000'000))
              - 62'167'219'200'000;
    auto at = from_unix_us(ms * 1000);
    auto text = to_iso8601(at);
    ASSERT_EQ(text.size(), 24u);
    ASSERT_EQ(from_iso8601(text), at) << text;
  }
}

TEST(TimeTest, TextsSortAsMomentsDo) {
  for (int round = 0; round < 1000; ++round) {
    random_source source{base_seed() + round};
    // The years 1970 to 6535.
    auto a = from_unix_us(static_cast<std::int64_t>(source.bits() >> 7));
    auto b = from_unix_us(static_cast<std::int64_t>(source.bits() >> 7));
    if (to_iso8601(a) != to_iso8601(b)) {
      ASSERT_EQ(a < b, to_iso8601(a) < to_iso8601(b));
    }
  }
}

} // namespace

} // namespace hansard::test
