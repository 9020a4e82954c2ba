#pragma once

#include "events/facts/session_events.hpp"
#include "events/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace hansard {

/// Which refusals get an event of their own, so that a flood of them can't fill
/// the log: of each kind (principal, code, rule) the first ones in a window,
/// then each hundredth; all are counted. Plain state.
class refusal_sampler {
public:
  static constexpr std::chrono::seconds window{10};
  /// Of one kind, and of all kinds, in one window.
  static constexpr std::uint64_t recorded_in_full = 20;
  static constexpr std::uint64_t all_recorded_in_full = 2'000;
  static constexpr std::uint64_t sampled_one_in = 100;
  /// More kinds than this are counted as those of the principal "*".
  static constexpr std::size_t max_kinds = 4'096;

  /// Counts one. True: record it.
  bool count(
      std::string_view principal, std::string_view code, std::string_view rule,
      timestamp now);
  /// One that was to be recorded was not.
  void not_recorded(
      std::string_view principal, std::string_view code, std::string_view rule);

  /// Ends the window: the counts of kinds that were not recorded one by one.
  std::vector<refusals_counted> close(timestamp now);
  bool empty() const { return kinds_.empty(); }

private:
  using kind = std::tuple<std::string, std::string, std::string>;
  struct tally {
    timestamp since;
    std::uint64_t count = 0;
    std::uint64_t recorded = 0;
  };
  kind kind_of(
      std::string_view principal, std::string_view code,
      std::string_view rule) const;

  std::map<kind, tally> kinds_;
  std::uint64_t all_recorded_ = 0;
};

} // namespace hansard
