#include "events/batch.hpp"

#include <utility>

namespace hansard {

void token_run::add(
    timestamp at, token_channel channel, std::string_view token) {
  text += token;
  marks.push_back({at, static_cast<std::uint32_t>(token.size()), channel});
}

void token_run::append(const token_run& other) {
  text += other.text;
  marks.insert(marks.end(), other.marks.begin(), other.marks.end());
}

void event_batch::add(timestamp at, event body) {
  items.push_back(stamped_event{at, std::move(body)});
}

void event_batch::add(token_run run) { items.push_back(std::move(run)); }

std::size_t event_batch::size() const {
  std::size_t count = 0;
  for (const auto& item : items)
    count += count_of(item);
  return count;
}

log_position position_cursor::next() {
  while (segment_ < segments_->size()) {
    const auto& segment = (*segments_)[segment_];
    if (offset_ < segment.count)
      return {segment.first.value + offset_++};
    ++segment_;
    offset_ = 0;
  }
  return {};
}

std::size_t said_bytes(const token_run& run) {
  std::size_t bytes = 0;
  for (const auto& mark : run.marks)
    if (is_said(mark.channel))
      bytes += mark.length;
  return bytes;
}

} // namespace hansard
