#pragma once

#include "events/batch.hpp"
#include "events/slice.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace hansard::detail {

/// Hands out a sealed run of frames stretch by stretch: each batch that it
/// gives has consecutive positions.
class segment_walker {
public:
  /// @pre `sealed` holds one token run and nothing else.
  explicit segment_walker(event_batch sealed) : batch_(std::move(sealed)) {}

  bool done() const { return segment_ == batch_.positions.size(); }
  /// Where the next stretch begins. @pre !done().
  log_position next_position() const {
    const auto& segment = batch_.positions[segment_];
    return {segment.first.value + used_};
  }
  /// Passes over all positions before `from`.
  void skip_to(log_position from);
  /// The next stretch. @pre !done().
  batch_ptr take();

private:
  std::uint64_t left_in_segment() const {
    return batch_.positions[segment_].count - used_;
  }
  const token_run& run() const {
    return std::get<token_run>(batch_.items.front());
  }
  run_place behind(std::uint64_t tokens) const {
    return advance(run(), place_, static_cast<std::size_t>(tokens));
  }
  /// @pre `place` is in the current segment, or at its end.
  void go_to(run_place place);

  event_batch batch_;
  std::size_t segment_ = 0;
  /// Tokens handed out of the current segment; where the next one is.
  std::uint64_t used_ = 0;
  run_place place_;
};

} // namespace hansard::detail
