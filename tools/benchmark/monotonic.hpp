#pragma once

#include <cstdint>
#include <ctime>

namespace hansard::benchmark {

/// Nanoseconds of CLOCK_MONOTONIC: one clock for all processes of a machine,
/// so that the mock can put a time into a token and the load generator take
/// the difference.
inline std::uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u
         + static_cast<std::uint64_t>(t.tv_nsec);
}

} // namespace hansard::benchmark
