#pragma once

#include "tools/benchmark/targets.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::benchmark {

/// One load on one server, seen from both sides.
struct measurement {
  /// What the load generator printed (load.hpp).
  boost::json::object seen;
  /// Of the server, while the load ran.
  double server_cpu_seconds = 0;
  double mock_cpu_seconds = 0;
  double load_cpu_seconds = 0;
  /// Resident memory before the load, and at most during it; 0: not watched.
  std::uint64_t idle_bytes = 0;
  std::uint64_t peak_bytes = 0;

  /// "wall_seconds" or "latency_us.p50".
  double number(std::string_view path) const;
  double tokens_per_second() const { return number("tokens_per_second"); }
  /// Warm-up replies count on neither side; they are few.
  double cpu_us_per_token() const;
  /// Empty: every token of every reply came, once and in order.
  std::string fault() const;
};

struct measure_options {
  load_options load;
  /// Cores of the load generator.
  std::vector<int> cores;
  bool watch_memory = false;
};

/// Runs the load in a process of its own against `server`.
/// Throws std::runtime_error, interrupted.
measurement measure(
    const running_server& server, const running_server& mock,
    const measure_options& options);

/// Waits until a server has nothing more to do (sealing, compaction), for a few
/// seconds at most, so that it does not disturb the next measurement.
void settle(const running_server& server);

} // namespace hansard::benchmark
