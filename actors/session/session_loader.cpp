#include "actors/session/session_loader.hpp"

#include <utility>

namespace hansard {

void session_loader::when_ready(work what) {
  if (phase_ == phase::failed) {
    what(&*failure_);
  } else if (phase_ == phase::ready) {
    what(nullptr);
  } else if (waiting_.size() < max_waiting) {
    waiting_.push_back(std::move(what));
  } else {
    auto busy = make_error(
        ec::overloaded, "Too many requests wait for this session. Try again in "
                        "a moment.");
    what(&busy);
  }
}

void session_loader::load() {
  phase_ = phase::loading;
  ++loads_;
}

void session_loader::succeed() {
  phase_ = phase::ready;
  do_waiting();
}

void session_loader::fail(error why) {
  phase_ = phase::failed;
  failure_ = std::move(why);
  do_waiting();
}

bool session_loader::plan_retry() {
  return phase_ == phase::failed && !std::exchange(retry_is_due_, true);
}

void session_loader::retry() {
  retry_is_due_ = false;
  failure_.reset();
  phase_ = phase::loading;
}

caf::actor_addr session_loader::answered() {
  return std::exchange(asked_, nullptr);
}

void session_loader::do_waiting() {
  for (auto& what : std::exchange(waiting_, {}))
    what(failure_ ? &*failure_ : nullptr);
}

} // namespace hansard
