#include "storage/format/segment_walker.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace hansard::detail {

void segment_walker::go_to(run_place place) {
  used_ += place.token - place_.token;
  place_ = place;
  if (left_in_segment() == 0) {
    ++segment_;
    used_ = 0;
  }
}

void segment_walker::skip_to(log_position from) {
  while (!done() && next_position() < from)
    go_to(behind(
        std::min(left_in_segment(), from.value - next_position().value)));
}

batch_ptr segment_walker::take() {
  auto tokens = left_in_segment();
  auto end = behind(tokens);
  auto piece = std::make_shared<event_batch>();
  piece->stream = batch_.stream;
  piece->first_version = batch_.first_version + place_.token;
  piece->positions.push_back({next_position(), tokens});
  piece->items.emplace_back(slice(run(), place_, end));
  go_to(end);
  return piece;
}

} // namespace hansard::detail
