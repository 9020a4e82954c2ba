#pragma once

#include "events/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace hansard {

/// Days since 1970-01-01, UTC.
std::int64_t utc_day(timestamp at);
/// Months since 1970-01, UTC.
std::int64_t utc_month(timestamp at);
std::int64_t utc_month_of_day(std::int64_t day);
/// When the UTC day, or month, after that of `at` begins.
timestamp next_utc_day(timestamp at);
timestamp next_utc_month(timestamp at);

/// How many requests the last minute, or hour, had: 60 slots and the one that
/// runs, so that a request counts for no less than the whole span, and for one
/// slot more at most.
class rate_window {
public:
  /// @param slot a 60th of the span.
  explicit rate_window(std::chrono::seconds slot) : slot_(slot) {}

  void add(timestamp at);
  /// Takes back an add(); nothing where its slot is gone.
  void take_back(timestamp at);

  std::uint64_t count(timestamp now) const;
  /// How long until no more than `most` are left.
  std::chrono::microseconds
  until_at_most(std::uint64_t most, timestamp now) const;

  /// Slots, by their number, ascending: what is kept of it.
  using slots = std::vector<std::pair<std::int64_t, std::uint32_t>>;
  const slots& content() const { return slots_; }
  void restore(slots content) { slots_ = std::move(content); }

private:
  static constexpr std::int64_t kept_slots = 61;
  std::int64_t slot_of(timestamp at) const;
  timestamp leaves_at(std::int64_t slot) const;

  std::chrono::seconds slot_;
  slots slots_;
};

/// Tokens of a UTC day: those of turns that have ended, and those set aside for
/// turns that were admitted in it and run.
struct day_tokens {
  std::uint64_t used = 0;
  std::uint64_t reserved = 0;

  bool operator==(const day_tokens&) const = default;
};

/// What is counted of one principal, with all agents or with one. Plain state.
struct usage_counters {
  rate_window minute{std::chrono::seconds{1}};
  rate_window hour{std::chrono::seconds{60}};
  /// Turns that are admitted and have not ended.
  std::uint32_t running = 0;
  /// Of this month, and the days before it on which turns still run.
  std::map<std::int64_t, day_tokens> days;

  day_tokens of_day(timestamp now) const;
  day_tokens of_month(timestamp now) const;
  bool is_idle(timestamp now) const;
  void forget_old(timestamp now);
};

} // namespace hansard
