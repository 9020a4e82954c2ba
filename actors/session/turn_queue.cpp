#include "actors/session/turn_queue.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

bool interrupts(const begin_turn_ptr& what) {
  return what->command.on_busy == busy_policy::interrupt;
}

} // namespace

turn_queue::~turn_queue() { count(-static_cast<double>(waiting_.size())); }

void turn_queue::add(begin_turn_ptr what) {
  auto place =
      interrupts(what)
          ? std::find_if_not(waiting_.begin(), waiting_.end(), interrupts)
          : waiting_.end();
  waiting_.insert(place, std::move(what));
  count(1);
}

begin_turn_ptr
turn_queue::take_at(std::deque<begin_turn_ptr>::const_iterator at) {
  if (at == waiting_.end())
    return nullptr;
  auto what = *at;
  waiting_.erase(at);
  count(-1);
  return what;
}

begin_turn_ptr turn_queue::next() { return take_at(waiting_.begin()); }

begin_turn_ptr turn_queue::take(const turn_id& which) {
  return take_at(std::find_if(
      waiting_.begin(), waiting_.end(),
      [&which](const begin_turn_ptr& one) { return one->turn == which; }));
}

begin_turn_ptr turn_queue::interrupter() const {
  bool one = !waiting_.empty() && interrupts(waiting_.front());
  return one ? waiting_.front() : nullptr;
}

std::deque<begin_turn_ptr> turn_queue::take_all() {
  count(-static_cast<double>(waiting_.size()));
  return std::exchange(waiting_, {});
}

std::vector<turn_id> turn_queue::turns() const {
  std::vector<turn_id> out;
  for (const auto& one : waiting_)
    out.push_back(one->turn);
  return out;
}

} // namespace hansard
