#include "actors/projection_progress.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

void projection_progress::add(const std::string& projection) {
  std::lock_guard lock{mutex_};
  positions_.try_emplace(projection);
}

log_position projection_progress::slowest_locked() const {
  if (positions_.empty())
    return {};
  return std::min_element(
             positions_.begin(), positions_.end(),
             [](const auto& a, const auto& b) { return a.second < b.second; })
      ->second;
}

log_position projection_progress::slowest() const {
  std::lock_guard lock{mutex_};
  return slowest_locked();
}

void projection_progress::advance(
    const std::string& projection, log_position position) {
  std::vector<reply<std::monostate>> ready;
  {
    std::lock_guard lock{mutex_};
    positions_[projection] = position;
    auto end = waiters_.upper_bound(slowest_locked());
    for (auto it = waiters_.begin(); it != end; ++it)
      ready.push_back(std::move(it->second.answer));
    waiters_.erase(waiters_.begin(), end);
  }
  for (const auto& answer : ready)
    answer(std::monostate{});
}

void projection_progress::when_reached(
    log_position position, std::chrono::steady_clock::time_point deadline,
    reply<std::monostate> answer) {
  switch (try_to_wait(position, deadline, answer)) {
  case outcome::waits:
    if (on_wait)
      on_wait();
    return;
  case outcome::reached:
    return answer(std::monostate{});
  case outcome::full:
    return answer(make_error(
        ec::overloaded, "Too many requests wait for the latest events. Try "
                        "again in a moment."));
  }
}

projection_progress::outcome projection_progress::try_to_wait(
    log_position position, std::chrono::steady_clock::time_point deadline,
    reply<std::monostate>& answer) {
  std::lock_guard lock{mutex_};
  if (slowest_locked() >= position)
    return outcome::reached;
  if (waiters_.size() >= max_waiters)
    return outcome::full;
  waiters_.emplace(position, waiter{deadline, std::move(answer)});
  return outcome::waits;
}

bool projection_progress::expire(std::chrono::steady_clock::time_point now) {
  std::vector<reply<std::monostate>> late;
  bool waiting = false;
  {
    std::lock_guard lock{mutex_};
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      if (it->second.deadline <= now) {
        late.push_back(std::move(it->second.answer));
        it = waiters_.erase(it);
      } else {
        ++it;
      }
    }
    waiting = !waiters_.empty();
  }
  for (const auto& answer : late)
    answer(make_error(
        ec::timed_out,
        "The list does not show the latest events yet. Try again "
        "in a moment."));
  return waiting;
}

} // namespace hansard
