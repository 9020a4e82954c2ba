#include "actors/session/subscription.hpp"

#include <utility>

namespace hansard {

void subscription::take(batch_ptr batch, step& out) {
  auto last = batch->last_version();
  if (last <= cursor_)
    return;
  cursor_ = last;
  out.deliver.push_back(std::move(batch));
}

subscription::step subscription::live(batch_ptr batch) {
  step out;
  switch (mode_) {
  case mode::blocked:
    break;
  case mode::reading:
    kept_.push_back(std::move(batch));
    if (kept_.size() > max_kept)
      kept_.pop_front();
    break;
  case mode::following:
    if (batch->first_version > cursor_.next()) {
      mode_ = mode::reading;
      kept_.push_back(std::move(batch));
      out.read_log = true;
    } else {
      take(std::move(batch), out);
    }
  }
  return out;
}

subscription::step
subscription::page(const std::vector<batch_ptr>& batches, bool at_end) {
  step out;
  out.from_log = true;
  // A page that comes while following was asked for before a block, or its
  // twin came first: it may still hold what nothing live will bring.
  if (mode_ == mode::blocked)
    return out;
  for (const auto& batch : batches)
    take(batch, out);
  // What was recorded while the page was read may close the distance to the
  // live stream, also where the page was cut.
  while (!kept_.empty() && kept_.front()->first_version <= cursor_.next()) {
    take(std::move(kept_.front()), out);
    kept_.pop_front();
  }
  if (at_end && kept_.empty()) {
    mode_ = mode::following;
  } else {
    mode_ = mode::reading;
    out.read_log = true;
  }
  return out;
}

void subscription::block() {
  mode_ = mode::blocked;
  kept_.clear();
}

subscription::step subscription::resume() {
  step out;
  if (mode_ != mode::blocked)
    return out;
  mode_ = mode::reading;
  out.read_log = true;
  return out;
}

} // namespace hansard
