#include "tools/benchmark/rows.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hansard::benchmark {

namespace {

/// The middle one by tokens a second.
const measurement& median(std::vector<measurement>& rounds) {
  std::sort(rounds.begin(), rounds.end(), [](const auto& a, const auto& b) {
    return a.tokens_per_second() < b.tokens_per_second();
  });
  return rounds[rounds.size() / 2];
}

struct flat_out_run {
  measurement direct;
  std::vector<measurement> nginx;
  std::vector<measurement> hansard;
  std::string fault;
};

flat_out_run run_flat_out(const run_options& options, std::uint32_t per_write) {
  load_options load;
  load.model = {.tokens = 100, .interval_us = 0, .per_write = per_write};
  load.connections = 64;
  load.requests = 0;
  load.seconds = options.quick ? 1.5 : 3;
  load.deadline_seconds = load.seconds + 30;
  stand servers(options, {load.model});
  flat_out_run out;
  out.direct = servers.direct(load);
  // In turns, so that what else the machine does falls on both.
  for (int round = 0; round < (options.quick ? 1 : 3); ++round) {
    if (auto nginx = servers.through_nginx(load))
      out.nginx.push_back(std::move(*nginx));
    out.hansard.push_back(servers.through_hansard(load));
    if (out.fault.empty())
      out.fault = out.hansard.back().fault();
  }
  return out;
}

std::string limits_note(const flat_out_run& run, const measurement& hansard) {
  const auto share = [&](double seconds) {
    return static_cast<int>(seconds * 100 / hansard.number("wall_seconds"));
  };
  return fmt::format(
      "straight at the mock {} tokens/s; of a core: server {} %, mock {} %, "
      "load generator {} %",
      short_number(run.direct.tokens_per_second()),
      share(hansard.server_cpu_seconds), share(hansard.mock_cpu_seconds),
      share(hansard.load_cpu_seconds));
}

figure throughput(std::string row, flat_out_run& run, double target_ratio) {
  const auto& hansard = median(run.hansard);
  figure out;
  out.row = std::move(row);
  out.what = "tokens/s, 64 connections flat out";
  out.unit = "/s";
  out.sense = sense::at_least;
  out.target_ratio = target_ratio;
  out.measured = hansard.tokens_per_second();
  out.reference_name = "nginx";
  if (!run.nginx.empty())
    out.reference = median(run.nginx).tokens_per_second();
  out.fault = run.fault;
  out.note = limits_note(run, hansard);
  return out;
}

figure cost(std::string row, flat_out_run& run) {
  figure out;
  out.row = std::move(row);
  out.what = "server CPU per token";
  out.unit = "us";
  out.measured = median(run.hansard).cpu_us_per_token();
  out.reference_name = "nginx";
  if (!run.nginx.empty())
    out.reference = median(run.nginx).cpu_us_per_token();
  out.fault = run.fault;
  return out;
}

} // namespace

std::vector<figure> measure_flat_out(const run_options& options) {
  auto run = run_flat_out(options, 1);
  auto cpu = cost("flat", run);
  cpu.sense = sense::at_most;
  cpu.target = 12;
  return {cpu, throughput("flat", run, 0.5)};
}

std::vector<figure> measure_ten_a_write(const run_options& options) {
  auto run = run_flat_out(options, 10);
  return {throughput("ten", run, 0.35), cost("ten", run)};
}

} // namespace hansard::benchmark
