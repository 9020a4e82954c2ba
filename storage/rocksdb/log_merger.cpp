#include "storage/rocksdb/log_merger.hpp"

#include "events/slice.hpp"
#include "storage/disk/rocksdb_status.hpp"
#include "storage/format/keys.hpp"
#include "storage/format/record.hpp"
#include "storage/format/segment_walker.hpp"
#include "storage/format/varint.hpp"

#include <algorithm>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

namespace hansard::detail {

namespace {

/// Sealed records of which a part is still to come, the soonest first.
class open_seals {
public:
  bool empty() const { return heap_.empty(); }
  log_position next_position() const { return heap_.front()->next_position(); }

  void add(std::unique_ptr<segment_walker> seal) {
    heap_.push_back(std::move(seal));
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  batch_ptr take() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    auto batch = heap_.back()->take();
    if (heap_.back()->done())
      heap_.pop_back();
    else
      std::push_heap(heap_.begin(), heap_.end(), later);
    return batch;
  }

private:
  static bool later(
      const std::unique_ptr<segment_walker>& a,
      const std::unique_ptr<segment_walker>& b) {
    return a->next_position() > b->next_position();
  }

  std::vector<std::unique_ptr<segment_walker>> heap_;
};

class log_merger {
public:
  log_merger(const store_view& view, log_position from, log_position head)
      : view_(view),
        rows_(view.iterator(family::log, true)),
        expected_(from),
        head_(head) {}

  result<void> run(const batch_visitor& visit) {
    if (auto started = seek(); !started)
      return started;
    while (true) {
      auto batch = next();
      if (!batch)
        return std::move(batch).error();
      if (!*batch)
        return {};
      expected_ = (*batch)->last_position().next();
      if (!visit(*batch))
        return {};
    }
  }

private:
  result<event_batch> decode_row() const {
    auto position = parse_log_key(to_view(rows_->key()));
    if (!position)
      return make_error(ec::corrupt, "A key of the log is malformed.");
    auto record = read_record(to_view(rows_->value()), *position);
    if (!record)
      return std::move(record).error();
    return decode_record(*record, *position);
  }

  /// Makes the record that lies across expected_ the next one, and opens the
  /// sealed records that began before it and go on after it.
  result<void> seek() {
    if (auto opened = open_spans(); !opened)
      return opened;
    rows_->SeekForPrev(to_slice(log_key(expected_)));
    if (!rows_->Valid() && rows_->status().ok())
      rows_->SeekToFirst();
    if (!rows_->Valid() || to_view(rows_->key()) >= log_key(expected_))
      return {};
    auto batch = decode_row();
    if (!batch)
      return std::move(batch).error();
    rows_->Next();
    // Of a record in several stretches, the spans know.
    if (batch->positions.size() == 1 && batch->last_position() >= expected_) {
      auto skip = expected_.value - batch->first_position().value;
      first_ =
          std::make_shared<event_batch>(drop_front(*std::move(batch), skip));
    }
    return {};
  }

  /// A record of class L that lies across a position begins less than 2^L
  /// before it.
  result<void> open_spans() {
    auto spans = view_.iterator(family::spans, false);
    spans->SeekToFirst();
    while (spans->Valid()) {
      auto key = parse_span_key(to_view(spans->key()));
      if (!key)
        return make_error(
            ec::corrupt, "A key of the log's spans is malformed.");
      auto size_class = key->size_class;
      auto width =
          size_class < 64 ? std::uint64_t{1} << size_class : expected_.value;
      auto low = expected_.value - std::min(expected_.value, width - 1);
      spans->Seek(to_slice(span_key(size_class, {low})));
      for (; spans->Valid(); spans->Next()) {
        key = parse_span_key(to_view(spans->key()));
        if (!key || key->size_class != size_class || key->first >= expected_)
          break;
        if (auto opened = open_span(key->first, to_view(spans->value()));
            !opened)
          return opened;
      }
      spans->Seek(
          to_slice(span_key(static_cast<std::uint8_t>(size_class + 1), {0})));
    }
    if (!spans->status().ok())
      return to_error(spans->status(), "Reading the log");
    return {};
  }

  result<void> open_span(log_position first, std::string_view value) {
    byte_reader in{value};
    auto last = first + in.varint();
    if (!in.done())
      return make_error(ec::corrupt, "A row of the log's spans is malformed.");
    if (last < expected_)
      return {};
    rows_->Seek(to_slice(log_key(first)));
    if (!rows_->status().ok())
      return to_error(rows_->status(), "Reading the log");
    if (!rows_->Valid() || to_view(rows_->key()) != log_key(first))
      return missing(first);
    auto batch = decode_row();
    if (!batch)
      return std::move(batch).error();
    if (batch->positions.size() < 2 || batch->last_position() != last)
      return make_error(ec::corrupt, "The log's spans are damaged.");
    auto walker = std::make_unique<segment_walker>(*std::move(batch));
    walker->skip_to(expected_);
    seals_.add(std::move(walker));
    return {};
  }

  /// nullptr: the end.
  result<batch_ptr> next() {
    if (first_)
      return std::exchange(first_, nullptr);
    if (!seals_.empty() && seals_.next_position() == expected_)
      return seals_.take();
    if (!rows_->Valid()) {
      if (!rows_->status().ok())
        return to_error(rows_->status(), "Reading the log");
      if (!seals_.empty() || expected_ != head_.next())
        return missing(expected_);
      return batch_ptr{};
    }
    if (to_view(rows_->key()) != log_key(expected_))
      return missing(expected_);
    auto decoded = decode_row();
    if (!decoded)
      return std::move(decoded).error();
    rows_->Next();
    if (decoded->positions.size() == 1)
      return batch_ptr{std::make_shared<event_batch>(*std::move(decoded))};
    seals_.add(std::make_unique<segment_walker>(*std::move(decoded)));
    return seals_.take();
  }

  static error missing(log_position position) {
    return make_error(
        ec::corrupt, "The log lacks position " + std::to_string(position.value)
                         + ", or says more than it has: it is damaged.");
  }

  const store_view& view_;
  std::unique_ptr<rocksdb::Iterator> rows_;
  /// The next position to hand out.
  log_position expected_;
  log_position head_;
  /// The cut record that lay across the start.
  batch_ptr first_;
  open_seals seals_;
};

} // namespace

result<void> read_all(
    const store_view& view, log_position from, const batch_visitor& visit) {
  from = std::max(from, log_position{1});
  auto head = view.head();
  if (!head)
    return std::move(head).error();
  if (from > head->position)
    return {};
  return log_merger{view, from, head->position}.run(visit);
}

} // namespace hansard::detail
