#include "tools/benchmark/rows.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <stdexcept>

namespace hansard::benchmark {

using namespace std::chrono_literals;

namespace {

/// Events a second of each micro-benchmark, by its name.
std::map<std::string, double> run_microbench(const run_options& options) {
  scratch_folder scratch(options.folder);
  child_process process(spawn_options{
      {options.microbench.string(), "--benchmark_format=json",
       "--benchmark_filter=^(journal|replay_fold|rebuild|raw_)",
       options.quick ? "--benchmark_min_time=0.3" : "--benchmark_min_time=1"},
      {{"HANSARD_BENCH_FOLDER", scratch.path().string()}},
      {},
      (scratch.path() / "microbench.log").string()});
  if (!process.wait(180s))
    throw std::runtime_error("hansard-microbench took too long");
  std::string text;
  while (auto line = process.read_line(0ms))
    text += *line + "\n";
  boost::json::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (error || !parsed.is_object())
    throw std::runtime_error("hansard-microbench failed");
  std::map<std::string, double> out;
  for (const auto& each : parsed.as_object().at("benchmarks").as_array()) {
    const auto& object = each.as_object();
    if (const auto* rate = object.if_contains("items_per_second"))
      out[std::string(object.at("run_name").as_string())] =
          rate->to_number<double>();
  }
  return out;
}

figure rate_of(
    const std::map<std::string, double>& rates, std::string what,
    std::string_view name, std::string_view limit, std::string limit_name) {
  const auto find = [&](std::string_view prefix) -> std::optional<double> {
    for (const auto& [full, rate] : rates)
      if (full.starts_with(prefix))
        return rate;
    return std::nullopt;
  };
  figure out;
  out.row = "log";
  out.what = std::move(what);
  out.unit = "events/s";
  out.sense = sense::at_least;
  out.reference = find(limit);
  out.reference_name = std::move(limit_name);
  if (const auto rate = find(name))
    out.measured = *rate;
  else
    out.fault = "hansard-microbench has no " + std::string(name);
  return out;
}

} // namespace

std::vector<figure> measure_log(const run_options& options) {
  if (!std::filesystem::exists(options.microbench))
    throw std::runtime_error("there is no " + options.microbench.string());
  const auto rates = run_microbench(options);
  auto journal = rate_of(
      rates, "durable events/s, 128 session actors", "journal_sessions/128",
      "raw_append", "raw RocksDB");
  journal.target_ratio = 0.5;
  auto replay = rate_of(
      rates, "replay of one session", "replay_fold", "raw_scan", "raw scan");
  replay.target = 300'000;
  auto list = rate_of(
      rates, "rebuild of the session list", "rebuild_session_list", "raw_scan",
      "raw scan");
  list.target = 500'000;
  auto history = rate_of(
      rates, "rebuild of the message history", "rebuild_message_history",
      "raw_scan", "raw scan");
  history.target = 500'000;
  return {journal, replay, list, history};
}

} // namespace hansard::benchmark
