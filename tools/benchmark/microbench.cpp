#include "tools/benchmark/microbench.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <stdexcept>

namespace hansard::benchmark {

using namespace std::chrono_literals;

namespace {

double us_in(std::string_view unit) {
  if (unit == "ns")
    return 1e-3;
  if (unit == "us")
    return 1;
  return unit == "ms" ? 1e3 : 1e6;
}

micro_result read_result(const boost::json::object& object) {
  micro_result out;
  if (const auto* rate = object.if_contains("items_per_second"))
    out.rate = rate->to_number<double>();
  const std::string_view unit = object.at("time_unit").as_string();
  out.cpu_us = object.at("cpu_time").to_number<double>() * us_in(unit);
  // Counters stand beside the members that every benchmark has.
  for (const auto& [name, value] : object)
    if (value.is_double())
      out.counters.emplace(name, value.as_double());
  return out;
}

/// The library writes NaN where a mean is 0, which is no JSON.
std::string with_null(std::string line) {
  constexpr std::string_view nan = ": NaN";
  if (const auto at = line.find(nan); at != line.npos)
    line.replace(at, nan.size(), ": null");
  return line;
}

/// With repetitions only what is made of them counts.
bool counts(const boost::json::object& object, unsigned repetitions) {
  if (repetitions == 1)
    return true;
  const auto* aggregate = object.if_contains("aggregate_name");
  return aggregate && aggregate->as_string() == "median";
}

} // namespace

micro_results micro_results::run(
    const run_options& options, std::string_view filter, unsigned repetitions) {
  if (!std::filesystem::exists(options.microbench))
    throw std::runtime_error("there is no " + options.microbench.string());
  scratch_folder scratch(options.folder);
  child_process process(spawn_options{
      {options.microbench.string(), "--benchmark_format=json",
       "--benchmark_filter=" + std::string(filter),
       "--benchmark_repetitions=" + std::to_string(repetitions),
       options.quick ? "--benchmark_min_time=0.3" : "--benchmark_min_time=1"},
      {{"HANSARD_BENCH_FOLDER", scratch.path().string()}},
      {},
      (scratch.path() / "microbench.log").string()});
  if (!process.wait(180s))
    throw std::runtime_error("hansard-microbench took too long");
  std::string text;
  while (auto line = process.read_line(0ms))
    text += with_null(*line) + "\n";
  boost::json::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (error || !parsed.is_object())
    throw std::runtime_error("hansard-microbench failed");
  micro_results out;
  for (const auto& each : parsed.as_object().at("benchmarks").as_array()) {
    const auto& object = each.as_object();
    if (object.contains("error_occurred"))
      throw std::runtime_error(
          std::string(object.at("name").as_string()) + ": "
          + std::string(object.at("error_message").as_string()));
    if (counts(object, repetitions))
      out.results_[std::string(object.at("run_name").as_string())] =
          read_result(object);
  }
  return out;
}

const micro_result* micro_results::find(std::string_view prefix) const {
  const auto found = results_.lower_bound(std::string(prefix));
  return found != results_.end() && found->first.starts_with(prefix)
             ? &found->second
             : nullptr;
}

} // namespace hansard::benchmark
