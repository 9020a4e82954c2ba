#pragma once

#include "actors/llm_backend.hpp"
#include "http/wire/io_pool.hpp"

#include <chrono>
#include <memory>

namespace hansard {

struct demo_options {
  /// Between two tokens; 0: none.
  std::chrono::milliseconds token_interval{30};
  /// Before the first token of "demo:slow".
  std::chrono::milliseconds slow_start{3'000};
};

/// The embedded model: needs nothing, knows nothing, says so in each answer,
/// and answers the same request with the same words. See demo_script.hpp for
/// what it obeys.
/// @param pool Runs the calls; outlives the backend and its calls.
std::shared_ptr<llm_backend>
make_demo_backend(io_pool& pool, demo_options options = {});

} // namespace hansard
