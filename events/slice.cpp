#include "events/slice.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace hansard {

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

void keep_positions(
    std::vector<position_segment>& positions, std::uint64_t count) {
  auto segment = positions.begin();
  for (; count > 0 && segment != positions.end(); ++segment) {
    segment->count = std::min(segment->count, count);
    count -= segment->count;
  }
  positions.erase(segment, positions.end());
}

void drop_tokens(token_run& run, std::size_t skip) {
  auto place = advance(run, {}, skip);
  run.text.erase(0, place.byte);
  run.marks.erase(
      run.marks.begin(),
      run.marks.begin() + static_cast<std::ptrdiff_t>(place.token));
}

} // namespace

run_place advance(const token_run& run, run_place from, std::size_t tokens) {
  for (; tokens > 0; --tokens)
    from.byte += run.marks[from.token++].length;
  return from;
}

token_run slice(const token_run& run, run_place from, run_place to) {
  token_run out;
  out.text.assign(run.text, from.byte, to.byte - from.byte);
  out.marks.assign(
      run.marks.begin() + static_cast<std::ptrdiff_t>(from.token),
      run.marks.begin() + static_cast<std::ptrdiff_t>(to.token));
  return out;
}

token_run first_of(const token_run& run, std::size_t count) {
  return slice(run, {}, advance(run, {}, count));
}

event_batch drop_front(event_batch batch, std::uint64_t skip) {
  batch.first_version.value += skip;
  drop_positions(batch.positions, skip);
  auto item = batch.items.begin();
  for (; skip > 0; ++item) {
    auto count = count_of(*item);
    if (count > skip) {
      drop_tokens(std::get<token_run>(*item), static_cast<std::size_t>(skip));
      break;
    }
    skip -= count;
  }
  batch.items.erase(batch.items.begin(), item);
  return batch;
}

batch_ptr first_of(const batch_ptr& batch, std::uint64_t count) {
  if (count >= batch->size())
    return batch;
  auto out = std::make_shared<event_batch>();
  out->stream = batch->stream;
  out->first_version = batch->first_version;
  out->positions = batch->positions;
  keep_positions(out->positions, count);
  for (const auto& item : batch->items) {
    auto events = count_of(item);
    if (events > count) {
      if (count > 0)
        out->items.emplace_back(first_of(
            std::get<token_run>(item), static_cast<std::size_t>(count)));
      break;
    }
    out->items.push_back(item);
    count -= events;
    if (count == 0)
      break;
  }
  return out;
}

} // namespace hansard
