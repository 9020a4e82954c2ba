#pragma once

#include "actors/runtime.hpp"

#include <memory>
#include <utility>

namespace hansard {

/// The right to run one turn; gives itself back. Held by the message that asks
/// for the turn, then by the session, so that no way out loses it.
class turn_slot {
public:
  /// nullptr: all options.max_running_turns are taken.
  static std::shared_ptr<turn_slot> take(const runtime_ptr& rt) {
    if (rt->running_turns.fetch_add(1) >= rt->options.max_running_turns) {
      rt->running_turns.fetch_sub(1);
      return nullptr;
    }
    return std::shared_ptr<turn_slot>(new turn_slot(rt));
  }

  ~turn_slot() {
    rt_->running_turns.fetch_sub(1);
    rt_->metrics.running_turns.Decrement();
  }
  turn_slot(const turn_slot&) = delete;
  turn_slot& operator=(const turn_slot&) = delete;

private:
  explicit turn_slot(runtime_ptr rt) : rt_(std::move(rt)) {
    rt_->metrics.running_turns.Increment();
  }
  runtime_ptr rt_;
};

} // namespace hansard
