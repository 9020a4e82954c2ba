#pragma once

#include "actors/llm_backend.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hansard {

/// How much text was handed over and is not recorded yet. One thread spends
/// and may stop for want of credit; any thread grants. A grant wakes nobody
/// unless the spender stopped, so a stream that is recorded in time costs one
/// atomic operation a grant.
class upstream_credit {
public:
  explicit upstream_credit(std::size_t window = upstream_window_bytes)
      : window_(static_cast<std::int64_t>(window)) {}

  /// The spender's: counts `bytes` as handed over.
  void spend(std::size_t bytes) {
    outstanding_.fetch_add(static_cast<std::int64_t>(bytes));
  }

  /// The spender's: true while it may go on. After false the spender stops
  /// until a grant() returns true.
  bool may_continue() {
    if (outstanding_.load() < window_)
      return true;
    stopped_.store(true);
    // A grant between the two lines above saw nobody stopped: look again. Who
    // takes the flag back is the one that goes on.
    return outstanding_.load() < window_ && stopped_.exchange(false);
  }

  /// @returns true when the spender had stopped and is to be woken, by the
  ///          caller.
  bool grant(std::size_t bytes) {
    const auto count = static_cast<std::int64_t>(bytes);
    const auto left = outstanding_.fetch_sub(count) - count;
    return left < window_ && stopped_.exchange(false);
  }

private:
  const std::int64_t window_;
  std::atomic<std::int64_t> outstanding_{0};
  std::atomic<bool> stopped_{false};
};

} // namespace hansard
