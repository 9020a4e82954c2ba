#include "http/routes/chat/event_lines.hpp"

#include "events/codec/codec.hpp"
#include "http/routes/chat/redacted_event.hpp"
#include "http/text/line_separators.hpp"

namespace hansard {

namespace {

/// Batches read ahead hold about so much.
constexpr std::size_t read_ahead_events = 4096;

} // namespace

event_lines::event_lines(
    const event_log& log, const stream_id& stream, bool redacted)
    : log_(log),
      stream_(stream),
      redacted_(redacted) {}

result<void> event_lines::read_more() {
  if (!opened_) {
    auto last = log_.version_of(stream_);
    if (!last)
      return last.error();
    last_ = *last;
    opened_ = true;
  }
  item_ = mark_ = offset_ = segment_ = 0;
  in_segment_ = 0;
  if (next_ > last_)
    return {};
  std::size_t taken = 0;
  return log_.read_stream(stream_, next_, [&](batch_ptr batch) {
    taken += batch->size();
    batches_.push_back(std::move(batch));
    return taken < read_ahead_events;
  });
}

void event_lines::append_item(std::string& out, const event_batch& batch) {
  recorded_event one{{}, batch.stream, next_, {}, {}};
  while (in_segment_ == batch.positions[segment_].count) {
    ++segment_;
    in_segment_ = 0;
  }
  one.position = batch.positions[segment_].first + in_segment_++;
  const auto& item = batch.items[item_];
  if (auto* single = std::get_if<stamped_event>(&item)) {
    one.at = single->at;
    one.body = *single->body;
    ++item_;
  } else {
    const auto& run = std::get<token_run>(item);
    const auto& mark = run.marks[mark_++];
    one.at = mark.at;
    one.body =
        token_generated{mark.channel, run.text.substr(offset_, mark.length)};
    offset_ += mark.length;
    if (mark_ == run.marks.size()) {
      ++item_;
      mark_ = offset_ = 0;
    }
  }
  if (redacted_)
    redact(one.body);
  const auto line = out.size();
  out += to_json(one);
  escape_line_separators(out, line);
  out += '\n';
  next_ = next_.next();
}

result<void> event_lines::next(std::string& out, std::size_t bytes) {
  auto limit = out.size() + bytes;
  while (out.size() < limit) {
    if (batches_.empty()) {
      auto read = read_more();
      if (!read)
        return read;
      if (batches_.empty())
        return {};
    }
    const auto& batch = *batches_.front();
    while (item_ < batch.items.size() && out.size() < limit && next_ <= last_)
      append_item(out, batch);
    if (next_ > last_)
      batches_.clear();
    else if (item_ == batch.items.size()) {
      batches_.pop_front();
      item_ = mark_ = offset_ = segment_ = 0;
      in_segment_ = 0;
    }
    if (next_ > last_)
      return {};
  }
  return {};
}

} // namespace hansard
