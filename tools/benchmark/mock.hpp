#pragma once

#include "tools/benchmark/socket.hpp"

#include <csignal>

namespace hansard::benchmark {

struct mock_options {
  loopback_address listen;
};

/// Serves as an OpenAI-compatible model server until `stop` is set:
///   POST /v1/chat/completions  streams as the model's name says
///                              (mock_model.hpp);
///   GET /v1/models             a list of one;
///   GET /stats                 replies, tokens, and how late the mock was with
///                              its own schedule.
/// One thread, no allocation per token. Prints "listening on http://…" on
/// stdout once it is ready. Throws std::system_error.
void run_mock(
    const mock_options& options, const volatile std::sig_atomic_t& stop);

} // namespace hansard::benchmark
