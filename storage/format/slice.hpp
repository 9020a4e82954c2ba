#pragma once

#include "events/batch.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace hansard::detail {

/// `batch` without its first `skip` events. @pre skip < batch.size().
event_batch drop_front(event_batch batch, std::uint64_t skip);

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
  void advance(std::uint64_t tokens, std::size_t text_bytes);
  std::size_t text_of(std::uint64_t tokens) const;

  event_batch batch_;
  std::size_t segment_ = 0;
  /// Tokens handed out of the current segment; of the run; their text.
  std::uint64_t used_ = 0;
  std::size_t token_ = 0;
  std::size_t text_offset_ = 0;
};

} // namespace hansard::detail
