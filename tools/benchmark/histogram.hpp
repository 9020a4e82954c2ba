#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace hansard::benchmark {

/// Counts of values in buckets whose width grows with the value, as in
/// HdrHistogram: exact below 256, else within 1/128 of the value. Fixed memory,
/// no allocation; one thread.
class histogram {
public:
  void add(std::uint64_t value) {
    ++buckets_[index_of(value)];
    ++count_;
    sum_ += static_cast<double>(value);
    max_ = std::max(max_, value);
  }

  void merge(const histogram& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i)
      buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  double mean() const {
    return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_);
  }

  /// The value that the fraction `q` (0 to 1) of all values do not exceed, as
  /// the middle of its bucket; 0 without values.
  std::uint64_t quantile(double q) const {
    if (count_ == 0)
      return 0;
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(q * static_cast<double>(count_) + 0.5));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= rank)
        return std::min(middle_of(i), max_);
    }
    return max_;
  }

private:
  static constexpr unsigned sub_bits = 7;
  static constexpr std::size_t sub_count = std::size_t{1} << sub_bits;

  static std::size_t index_of(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > sub_bits + 1 ? width - sub_bits - 1 : 0;
    return shift * sub_count + static_cast<std::size_t>(value >> shift);
  }

  static std::uint64_t middle_of(std::size_t index) {
    if (index < 2 * sub_count)
      return index;
    const std::size_t shift = index / sub_count - 1;
    const std::uint64_t low = (index - shift * sub_count) << shift;
    return low + ((std::uint64_t{1} << shift) - 1) / 2;
  }

  std::array<std::uint64_t, (64 - sub_bits) * sub_count + sub_count> buckets_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
  std::uint64_t max_ = 0;
};

} // namespace hansard::benchmark
