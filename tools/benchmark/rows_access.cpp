#include "tools/benchmark/microbench.hpp"
#include "tools/benchmark/rows.hpp"

namespace hansard::benchmark {

namespace {

struct micro_row {
  std::string_view what;
  std::string_view benchmark;
  std::optional<double> target_us;
};

std::vector<figure> cpu_of(
    const run_options& options, std::string_view row, std::string_view filter,
    const std::vector<micro_row>& rows) {
  const auto results = micro_results::run(options, filter, 5);
  std::vector<figure> out;
  for (const auto& each : rows) {
    figure f;
    f.row = row;
    f.what = each.what;
    f.unit = "us CPU";
    f.target = each.target_us;
    f.sense = each.target_us ? sense::at_most : sense::informative;
    if (const auto* found = results.find(each.benchmark)) {
      f.measured = found->cpu_us;
      if (const auto held = found->counters.find("held");
          held != found->counters.end())
        f.note = short_number(held->second) + " tokens held back, on average";
    } else {
      f.fault = "hansard-microbench has no " + std::string(each.benchmark);
    }
    out.push_back(std::move(f));
  }
  return out;
}

} // namespace

std::vector<figure> measure_access(const run_options& options) {
  constexpr double most_us = 50;
  return cpu_of(
      options, "access", "^authenticate",
      {{"from a key to a reserved turn", "authenticate_and_admit", most_us},
       {"key to grant, verified before", "authenticate_and_authorize/0",
        most_us},
       {"session cookie to grant, verified before",
        "authenticate_and_authorize/1", most_us},
       {"JWT to grant, verified before", "authenticate_and_authorize/2",
        most_us},
       {"session cookie, seen first", "authenticate_first_time/1", most_us},
       {"JWT (HS256), seen first", "authenticate_first_time/2", most_us}});
}

std::vector<figure> measure_guardrails(const run_options& options) {
  return cpu_of(
      options, "guardrails", "^guard_",
      {{"a token without guardrails", "guard_none", {}},
       {"a token, ten patterns", "guard_no_match", {}},
       {"a token, all detectors and ten patterns",
        "guard_all_detectors_and_ten_rules",
        {}},
       {"a request of 500 bytes, the same", "guard_input_text/500", {}}});
}

} // namespace hansard::benchmark
