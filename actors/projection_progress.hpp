#pragma once

#include "actors/reply.hpp"
#include "events/ids.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace hansard {

/// How far each projection has folded the log, and who waits for it. Thread-
/// safe.
class projection_progress {
public:
  /// Called, on the waiter's thread, when somebody begins to wait. Set it
  /// before the first.
  std::function<void()> on_wait;

  /// Makes a projection known; waits include it from then on.
  void add(const std::string& projection);

  /// Its rows now show everything up to `position`. Answers those who waited
  /// for no more than that.
  void advance(const std::string& projection, log_position position);

  /// Answers, at once or later, when every projection has reached `position`.
  /// At most max_waiters wait; one more is told `overloaded`.
  void when_reached(
      log_position position, std::chrono::steady_clock::time_point deadline,
      reply<std::monostate> answer);

  /// Answers those whose deadline has passed with timed_out.
  /// @returns true while some still wait.
  bool expire(std::chrono::steady_clock::time_point now);

  log_position slowest() const;

  static constexpr std::size_t max_waiters = 100'000;

private:
  struct waiter {
    std::chrono::steady_clock::time_point deadline;
    reply<std::monostate> answer;
  };
  log_position slowest_locked() const;

  enum class outcome { waits, reached, full };
  /// Takes `answer` where it waits.
  outcome try_to_wait(
      log_position position, std::chrono::steady_clock::time_point deadline,
      reply<std::monostate>& answer);

  mutable std::mutex mutex_;
  std::map<std::string, log_position> positions_;
  std::multimap<log_position, waiter> waiters_;
};

} // namespace hansard
