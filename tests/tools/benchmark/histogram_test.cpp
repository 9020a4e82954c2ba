#include "tools/benchmark/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace hansard::benchmark {

TEST(HistogramTest, SmallValuesAreExact) {
  histogram h;
  for (std::uint64_t v = 1; v <= 200; ++v)
    h.add(v);
  EXPECT_EQ(h.quantile(0.5), 100u);
  EXPECT_EQ(h.quantile(0.99), 198u);
  EXPECT_EQ(h.quantile(1), 200u);
  EXPECT_EQ(h.max(), 200u);
}

TEST(HistogramTest, QuantilesAreWithinOneHundredthOfTheSortedValues) {
  constexpr std::uint64_t seed = 20260528;
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> draw(12, 3);
  histogram h;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 50'000; ++i) {
    values.push_back(static_cast<std::uint64_t>(draw(random)));
    h.add(values.back());
  }
  std::sort(values.begin(), values.end());
  for (double q : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const auto rank = std::ceil(q * static_cast<double>(values.size()));
    const auto exact =
        static_cast<double>(values[static_cast<std::size_t>(rank) - 1]);
    EXPECT_NEAR(static_cast<double>(h.quantile(q)), exact, exact * 0.01 + 1)
        << "quantile " << q << ", seed " << seed;
  }
}

TEST(HistogramTest, TheLargestValueHasABucket) {
  histogram h;
  h.add(UINT64_MAX);
  h.add(0);
  EXPECT_EQ(h.count(), 2u);
  EXPECT_EQ(h.quantile(0.25), 0u);
  EXPECT_GT(h.quantile(1), UINT64_MAX - (UINT64_MAX >> 7));
}

TEST(HistogramTest, MergedIsAsIfAddedToOne) {
  histogram one, other, both;
  for (std::uint64_t v = 1; v < 1'000'000; v = v * 3 + 1) {
    (v % 2 == 0 ? one : other).add(v);
    both.add(v);
  }
  one.merge(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.max(), both.max());
  EXPECT_DOUBLE_EQ(one.mean(), both.mean());
  for (double q : {0.1, 0.5, 0.9})
    EXPECT_EQ(one.quantile(q), both.quantile(q));
}

TEST(HistogramTest, WithoutValuesEverythingIsZero) {
  const histogram h;
  EXPECT_EQ(h.quantile(0.5), 0u);
  EXPECT_EQ(h.mean(), 0);
}

} // namespace hansard::benchmark
