#pragma once

#include "events/batch.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace hansard {

/// Joins what is recorded and what is being recorded into one sequence without
/// a gap and without a repeat, for one reader of one stream: live batches are
/// taken from the moment of subscribing, the log is read up to them, what
/// overlaps is dropped. A reader that falls behind is sent back to the log.
/// Pure; the SSE writer is its shell.
class subscription {
public:
  /// @param after the last version that the reader has.
  explicit subscription(stream_version after) : cursor_(after) {}

  /// What to do after a call.
  struct step {
    /// To deliver, in order; of each, only what is beyond the cursor that
    /// stood before it.
    std::vector<batch_ptr> deliver;
    /// The log must be read from cursor().next() on.
    bool read_log = false;
    /// The deliveries come from the log, not live.
    bool from_log = false;
  };

  /// A batch that was just recorded.
  step live(batch_ptr batch);
  /// A page of the log, read from cursor().next() on.
  step page(const std::vector<batch_ptr>& batches, bool at_end);
  /// The reader can't take more for now: live batches are dropped.
  void block();
  /// The reader can take more: what it missed is in the log.
  step resume();

  /// Last version handed out.
  stream_version cursor() const { return cursor_; }
  bool is_blocked() const { return mode_ == mode::blocked; }

  /// Live batches kept while the log is read; older ones are dropped, for the
  /// log has them.
  static constexpr std::size_t max_kept = 64;

private:
  enum class mode { following, reading, blocked };

  void take(batch_ptr batch, step& out);

  stream_version cursor_;
  mode mode_ = mode::following;
  std::deque<batch_ptr> kept_;
};

} // namespace hansard
