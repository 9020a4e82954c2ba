#include "tools/benchmark/rows.hpp"

#include <fmt/format.h>

namespace hansard::benchmark {

namespace {

constexpr std::uint32_t streams = 9900;

double kib_per_stream(const measurement& m) {
  return static_cast<double>(
             m.peak_bytes - std::min(m.peak_bytes, m.idle_bytes))
         / 1024 / streams;
}

} // namespace

std::vector<figure> measure_slow_streams(const run_options& options) {
  load_options load;
  load.ramp_seconds = options.quick ? 6 : 10;
  // The last client comes well before the first reply ends, so that all are
  // held at one time.
  load.model = {.tokens = options.quick ? 12u : 30u, .interval_us = 1'000'000};
  load.connections = streams;
  load.deadline_seconds = load.ramp_seconds + load.model.tokens + 20;
  stand servers(options, {load.model});
  const auto seen = servers.through_hansard(load, true);
  const auto nginx = servers.through_nginx(load, true);

  figure held;
  held.row = "slow9900";
  held.what = "streams held at one time, none dropped";
  held.sense = sense::at_least;
  held.target = streams;
  held.measured = seen.number("peak_streams");
  held.fault = seen.fault();
  held.reference_name = "nginx";

  figure memory;
  memory.row = held.row;
  memory.what = "server memory per stream, at most";
  memory.unit = "KiB";
  memory.sense = sense::at_most;
  memory.target = 32;
  memory.measured = kib_per_stream(seen);
  memory.fault = held.fault;
  memory.reference_name = "nginx";
  memory.note = fmt::format(
      "resident: idle {:.0f} MiB, peak {:.0f} MiB; latency p50 {} ms, p99 {} "
      "ms; "
      "CPU {} us a token",
      static_cast<double>(seen.idle_bytes) / (1 << 20),
      static_cast<double>(seen.peak_bytes) / (1 << 20),
      short_number(seen.number("latency_us.p50") / 1000),
      short_number(seen.number("latency_us.p99") / 1000),
      short_number(seen.cpu_us_per_token()));
  if (nginx) {
    held.reference = nginx->number("peak_streams");
    memory.reference = kib_per_stream(*nginx);
  }
  return {held, memory};
}

} // namespace hansard::benchmark
