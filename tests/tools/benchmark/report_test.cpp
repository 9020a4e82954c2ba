#include "tools/benchmark/report.hpp"

#include <gtest/gtest.h>

namespace hansard::benchmark {

namespace {

figure at_most(double target, double measured) {
  figure out;
  out.sense = sense::at_most;
  out.target = target;
  out.measured = measured;
  return out;
}

} // namespace

TEST(FigureTest, AtMostIsMetUpToTheTarget) {
  EXPECT_EQ(at_most(12, 12).met(), true);
  EXPECT_EQ(at_most(12, 12.01).met(), false);
}

TEST(FigureTest, ATargetRelativeToTheReferenceNeedsOne) {
  figure f;
  f.sense = sense::at_least;
  f.target_ratio = 0.5;
  f.measured = 80'000;
  EXPECT_EQ(f.met(), std::nullopt);
  f.reference = 150'000;
  EXPECT_EQ(f.met(), true);
  f.reference = 170'000;
  EXPECT_EQ(f.met(), false);
}

TEST(FigureTest, AFaultIsNeverMet) {
  auto f = at_most(12, 1);
  f.fault = "tokens are missing";
  EXPECT_EQ(f.met(), false);
  EXPECT_NE(to_table({f}).find("FAILED"), std::string::npos);
  EXPECT_NE(to_table({f}).find("tokens are missing"), std::string::npos);
}

TEST(ShortNumberTest, HasThreeDigits) {
  EXPECT_EQ(short_number(0.123), "0.12");
  EXPECT_EQ(short_number(12.34), "12.3");
  EXPECT_EQ(short_number(123.4), "123");
  EXPECT_EQ(short_number(1234), "1.23k");
  EXPECT_EQ(short_number(123'400), "123k");
  EXPECT_EQ(short_number(1'234'000), "1.23M");
}

} // namespace hansard::benchmark
