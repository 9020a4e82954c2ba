#pragma once

#include "tools/benchmark/report.hpp"
#include "tools/benchmark/stand.hpp"

#include <string_view>
#include <vector>

namespace hansard::benchmark {

/// A row of the targets: what it measures is in README.md under its name.
/// Throws std::runtime_error where a server does not come up.
using row_function = std::vector<figure> (*)(const run_options&);

struct row {
  std::string_view name;
  row_function measure;
};

std::vector<figure> measure_single_stream(const run_options& options);
std::vector<figure> measure_flat_out(const run_options& options);
std::vector<figure> measure_ten_a_write(const run_options& options);
std::vector<figure> measure_200_streams(const run_options& options);
std::vector<figure> measure_1000_streams(const run_options& options);
std::vector<figure> measure_slow_streams(const run_options& options);
std::vector<figure> measure_disk(const run_options& options);
std::vector<figure> measure_resume(const run_options& options);
std::vector<figure> measure_stalled(const run_options& options);
std::vector<figure> measure_recovery(const run_options& options);
/// Journal, replay and rebuild, by hansard-microbench.
std::vector<figure> measure_log(const run_options& options);
/// Authentication, grants, policies and budgets, by hansard-microbench.
std::vector<figure> measure_access(const run_options& options);
std::vector<figure> measure_guardrails(const run_options& options);

inline constexpr row all_rows[] = {
    {"single", measure_single_stream},
    {"flat", measure_flat_out},
    {"ten", measure_ten_a_write},
    {"paced200", measure_200_streams},
    {"paced1000", measure_1000_streams},
    {"slow9900", measure_slow_streams},
    {"disk", measure_disk},
    {"resume", measure_resume},
    {"stalled", measure_stalled},
    {"recovery", measure_recovery},
    {"log", measure_log},
    {"access", measure_access},
    {"guardrails", measure_guardrails},
};

} // namespace hansard::benchmark
