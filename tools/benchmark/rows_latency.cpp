#include "tools/benchmark/rows.hpp"

#include <fmt/format.h>

namespace hansard::benchmark {

namespace {

/// A number of a measurement over the same of the load straight at the mock,
/// in milliseconds.
double added_ms(
    const measurement& with, const measurement& direct, std::string_view path) {
  return (with.number(path) - direct.number(path)) / 1000;
}

struct comparison {
  std::string row;
  measurement direct;
  std::optional<measurement> nginx;
  measurement hansard;

  figure
  added(std::string what, std::string_view path, double target_ms) const {
    figure out;
    out.row = row;
    out.what = std::move(what);
    out.unit = "ms";
    out.sense = sense::at_most;
    out.target = target_ms;
    out.measured = added_ms(hansard, direct, path);
    out.fault = hansard.fault();
    out.reference_name = "nginx";
    if (nginx)
      out.reference = added_ms(*nginx, direct, path);
    return out;
  }
};

comparison compare(std::string row, stand& servers, const load_options& load) {
  comparison out;
  out.row = std::move(row);
  out.direct = servers.direct(load);
  out.nginx = servers.through_nginx(load);
  out.hansard = servers.through_hansard(load);
  return out;
}

load_options paced_load(const run_options& options, std::uint32_t streams) {
  load_options load;
  load.model = {.tokens = options.quick ? 100u : 250u, .interval_us = 20'000};
  load.connections = streams;
  load.ramp_seconds = streams / 500.0;
  load.deadline_seconds = 60;
  return load;
}

std::string cpu_note(const measurement& hansard, const measurement* nginx) {
  auto note = fmt::format(
      "server CPU per token {} us", short_number(hansard.cpu_us_per_token()));
  if (nginx)
    note +=
        fmt::format(" (nginx {} us)", short_number(nginx->cpu_us_per_token()));
  return note;
}

} // namespace

std::vector<figure> measure_single_stream(const run_options& options) {
  load_options load;
  load.model = {.tokens = 20, .interval_us = 2000};
  load.requests = options.quick ? 40 : 150;
  load.warmup = 5;
  stand servers(options, {load.model});
  const auto seen = compare("single", servers, load);
  return {
      seen.added("added per token, p50", "latency_us.p50", 0.8),
      seen.added("added per token, p99", "latency_us.p99", 3),
      seen.added("added to the first token, p50", "first_token_us.p50", 1.5)};
}

std::vector<figure> measure_200_streams(const run_options& options) {
  const auto load = paced_load(options, 200);
  stand servers(options, {load.model}, stand::cores::server_on_one);
  const auto seen = compare("paced200", servers, load);
  std::vector<figure> out{
      seen.added("added per token, p50", "latency_us.p50", 1.5),
      seen.added("added per token, p99", "latency_us.p99", 6)};
  out.back().note = cpu_note(seen.hansard, seen.nginx ? &*seen.nginx : nullptr);
  return out;
}

std::vector<figure> measure_1000_streams(const run_options& options) {
  const auto load = paced_load(options, 1000);
  stand servers(options, {load.model}, stand::cores::server_on_one);
  const auto nginx = servers.through_nginx(load);
  const auto seen = servers.through_hansard(load);
  const double ideal_us =
      static_cast<double>(load.model.tokens - 1) * load.model.interval_us;

  figure time;
  time.row = "paced1000";
  time.what = "time of a reply over its ideal, p99";
  time.unit = "x";
  // A server that falls behind is late by more with each token.
  time.sense = sense::at_most;
  time.target = 1.05;
  time.measured = seen.number("reply_time_us.p99") / ideal_us;
  time.fault = seen.fault();
  time.reference_name = "nginx";

  figure lag;
  lag.row = time.row;
  lag.what = "latency of the last tenth of a reply, p99";
  lag.unit = "ms";
  lag.measured = seen.number("tail_latency_us.p99") / 1000;
  lag.fault = time.fault;
  lag.reference_name = "nginx";
  lag.note = cpu_note(seen, nginx ? &*nginx : nullptr);
  if (nginx) {
    time.reference = nginx->number("reply_time_us.p99") / ideal_us;
    lag.reference = nginx->number("tail_latency_us.p99") / 1000;
  }
  return {time, lag};
}

} // namespace hansard::benchmark
