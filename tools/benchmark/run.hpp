#pragma once

#include "tools/benchmark/stand.hpp"

namespace hansard::benchmark {

/// Measures the rows and prints the table, or JSON.
/// @returns 0: every target met; 1: one missed or failed. Throws interrupted.
int run_rows(const run_options& options, bool json);

} // namespace hansard::benchmark
