#pragma once

#include "tools/benchmark/stand.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hansard::benchmark {

/// What hansard-microbench measured of one of its benchmarks.
struct micro_result {
  /// Items a second; nullopt: it counts none.
  std::optional<double> rate;
  /// CPU of one iteration, in microseconds: the median of the repetitions.
  double cpu_us = 0;
  /// Its own counters.
  std::map<std::string, double> counters;
};

/// By the names of the benchmarks, such as "journal_sessions/128".
class micro_results {
public:
  /// Runs the benchmarks that match `filter` (a regular expression) in a
  /// process of their own, `repetitions` times each. Throws
  /// std::runtime_error where there is no such program, or it fails.
  static micro_results
  run(const run_options& options, std::string_view filter,
      unsigned repetitions = 1);

  /// The first whose name begins so; nullptr: none.
  const micro_result* find(std::string_view prefix) const;

private:
  std::map<std::string, micro_result> results_;
};

} // namespace hansard::benchmark
