#pragma once

#include "actors/messages.hpp"

#include <prometheus/gauge.h>

#include <cstddef>
#include <deque>
#include <vector>

namespace hansard {

/// The turns of a session that wait for the running one: those that interrupt
/// first, then in the order in which they came. In memory and unacknowledged.
/// Plain state; the session's actor alone touches it.
class turn_queue {
public:
  /// One more is refused.
  static constexpr std::size_t max_turns = 8;

  turn_queue() = default;
  turn_queue(const turn_queue&) = delete;
  turn_queue& operator=(const turn_queue&) = delete;
  /// Those that still wait are answered by their own replies.
  ~turn_queue();

  /// Counts what waits in a gauge of all sessions. @pre empty()
  void count_in(prometheus::Gauge& gauge) { gauge_ = &gauge; }

  /// @pre !full()
  void add(begin_turn_ptr what);
  /// The one that is next, taken out. nullptr: none waits.
  begin_turn_ptr next();
  /// One of this turn, taken out. nullptr: none waits.
  begin_turn_ptr take(const turn_id& which);
  /// The one that is next, if it is not to wait. nullptr: none such.
  begin_turn_ptr interrupter() const;
  /// Empties the queue. @returns what was in it.
  std::deque<begin_turn_ptr> take_all();

  /// First to come first.
  std::vector<turn_id> turns() const;
  bool empty() const { return waiting_.empty(); }
  bool full() const { return waiting_.size() >= max_turns; }

private:
  begin_turn_ptr take_at(std::deque<begin_turn_ptr>::const_iterator at);
  void count(double change) {
    if (gauge_)
      gauge_->Increment(change);
  }

  std::deque<begin_turn_ptr> waiting_;
  prometheus::Gauge* gauge_ = nullptr;
};

} // namespace hansard
