#include "tools/benchmark/full_stand.hpp"
#include "tools/benchmark/rows.hpp"

#include <fmt/format.h>

namespace hansard::benchmark {

std::vector<figure> measure_recovery(const run_options& options) {
  constexpr std::uint32_t sessions = 100'000;
  constexpr std::uint32_t streaming = 1'000;
  full_stand servers(options);
  servers.add(sessions - streaming, 0, 50);
  servers.rebuild();
  servers.add(0, streaming, 50);
  const auto took = servers.start();
  figure time;
  time.row = "recovery";
  time.what = "ready after a kill, 100k sessions, 1,000 streaming";
  time.unit = "s";
  time.sense = sense::at_most;
  time.target = 5;
  time.measured = took.count();
  figure memory;
  memory.row = time.row;
  memory.what = "memory at most by then";
  memory.unit = "MiB";
  memory.sense = sense::at_most;
  memory.target = 256;
  memory.measured =
      static_cast<double>(servers.peak_bytes()) / (1024.0 * 1024.0);
  memory.note =
      fmt::format("{} events; the kernel's caches are warm", sessions * 55);
  return {time, memory};
}

} // namespace hansard::benchmark
