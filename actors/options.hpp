#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hansard {

struct controller_options {
  /// Turns that may run at once; one more is refused with `overloaded`.
  std::size_t max_running_turns = 20'000;
  /// How long a message may wait for the turn before it; turn_running then.
  std::chrono::milliseconds queue_patience{50'000};
  /// Sessions leave memory after this long without a turn or a client.
  std::chrono::milliseconds passivate_after{60'000};
  /// New turns are refused with storage_full below this much free disk.
  std::uint64_t min_free_bytes = 256ull * 1024 * 1024;
  /// How long each stage of the end may take; who hangs is left behind then.
  std::chrono::milliseconds stage_patience{5'000};
  /// CAF worker threads.
  std::size_t worker_threads = 2;
};

} // namespace hansard
