#pragma once

#include "tools/benchmark/load.hpp"

#include <string>

namespace hansard::benchmark {

/// The agent that stands for a mock model in Hansard's configuration.
std::string agent_did(const mock_model& model);

/// The bytes of a request, the same for each.
std::string make_request(const load_options& options);

} // namespace hansard::benchmark
