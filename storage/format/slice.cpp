#include "storage/format/slice.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace hansard::detail {

namespace {

void drop_positions(
    std::vector<position_segment>& positions, std::uint64_t skip) {
  auto first = positions.begin();
  while (first != positions.end() && first->count <= skip) {
    skip -= first->count;
    ++first;
  }
  positions.erase(positions.begin(), first);
  if (skip > 0 && !positions.empty()) {
    positions.front().first.value += skip;
    positions.front().count -= skip;
  }
}

void drop_tokens(token_run& run, std::uint64_t skip) {
  auto end = run.marks.begin() + static_cast<std::ptrdiff_t>(skip);
  std::size_t bytes = 0;
  for (auto mark = run.marks.begin(); mark != end; ++mark)
    bytes += mark->length;
  run.text.erase(0, bytes);
  run.marks.erase(run.marks.begin(), end);
}

} // namespace

event_batch drop_front(event_batch batch, std::uint64_t skip) {
  batch.first_version.value += skip;
  drop_positions(batch.positions, skip);
  auto item = batch.items.begin();
  for (; skip > 0; ++item) {
    auto* run = std::get_if<token_run>(&*item);
    std::uint64_t count = run ? run->marks.size() : 1;
    if (count > skip) {
      drop_tokens(*run, skip);
      break;
    }
    skip -= count;
  }
  batch.items.erase(batch.items.begin(), item);
  return batch;
}

std::size_t segment_walker::text_of(std::uint64_t tokens) const {
  const auto& marks = std::get<token_run>(batch_.items.front()).marks;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < tokens; ++i)
    bytes += marks[token_ + i].length;
  return bytes;
}

void segment_walker::advance(std::uint64_t tokens, std::size_t text_bytes) {
  token_ += static_cast<std::size_t>(tokens);
  text_offset_ += text_bytes;
  used_ += tokens;
  if (left_in_segment() == 0) {
    ++segment_;
    used_ = 0;
  }
}

void segment_walker::skip_to(log_position from) {
  while (!done() && next_position() < from) {
    auto tokens =
        std::min(left_in_segment(), from.value - next_position().value);
    advance(tokens, text_of(tokens));
  }
}

batch_ptr segment_walker::take() {
  auto tokens = left_in_segment();
  auto bytes = text_of(tokens);
  const auto& run = std::get<token_run>(batch_.items.front());
  auto piece = std::make_shared<event_batch>();
  piece->stream = batch_.stream;
  piece->first_version = {batch_.first_version.value + token_};
  piece->positions.push_back({next_position(), tokens});
  auto first = run.marks.begin() + static_cast<std::ptrdiff_t>(token_);
  token_run cut;
  cut.text = run.text.substr(text_offset_, bytes);
  cut.marks.assign(first, first + static_cast<std::ptrdiff_t>(tokens));
  piece->items.emplace_back(std::move(cut));
  advance(tokens, bytes);
  return piece;
}

} // namespace hansard::detail
