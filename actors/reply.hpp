#pragma once

#include "events/error.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace hansard {

/// Where an answer goes that will come later, from another thread: at most one
/// call, and always one. A reply that is dropped (its actor died, its message
/// was lost) answers ec::internal from its destructor, so nobody waits for
/// what can't come. Copies share the one answer. The callback may run on any
/// thread, must not block and must not throw.
template <class T>
class reply {
public:
  using callback = std::function<void(result<T>)>;

  reply() = default;
  explicit reply(callback on_result)
      : slot_(std::make_shared<slot>(std::move(on_result))) {}

  void operator()(result<T> value) const {
    if (slot_)
      slot_->answer(std::move(value));
  }

private:
  struct slot {
    explicit slot(callback f) : on_result(std::move(f)) {}
    slot(const slot&) = delete;
    slot& operator=(const slot&) = delete;
    ~slot() {
      answer(make_error(
          ec::internal,
          "The request was lost inside the server. Try it again; if it was a "
          "message, look at the session first."));
    }
    void answer(result<T> value) {
      if (!answered.exchange(true))
        on_result(std::move(value));
    }
    callback on_result;
    std::atomic<bool> answered{false};
  };
  std::shared_ptr<slot> slot_;
};

} // namespace hansard
