#pragma once

#include "actors/llm_backend.hpp"
#include "http/wire/io_pool.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace hansard {

struct openai_backend_options {
  /// PEM file of certificate authorities that are trusted beside the system's;
  /// empty: none.
  std::string ca_file;
  /// Connections that may wait for their next request.
  std::size_t max_idle_per_origin = 64;
  /// For how long; below the 60 s after which common servers close them.
  std::chrono::milliseconds max_idle_time{30'000};
  /// After the finish reason: how long to wait for usage and [DONE] from a
  /// server that keeps its connection open.
  std::chrono::milliseconds finish_grace{3'000};
};

/// The way to servers that speak OpenAI's chat completions, over HTTP and
/// HTTPS. A `ca_file` that can't be read makes each call to an https:// server
/// fail with a message that says so.
/// @param pool Runs the calls; outlives the backend and its calls.
std::shared_ptr<llm_backend>
make_openai_backend(io_pool& pool, openai_backend_options options = {});

} // namespace hansard
