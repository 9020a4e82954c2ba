#include "storage/rocksdb/seal.hpp"

#include "storage/disk/rocksdb_status.hpp"
#include "storage/format/keys.hpp"
#include "storage/format/record.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace hansard::detail {

namespace {

/// A frame that has no neighbour is rewritten only when compression pays.
constexpr std::size_t min_single_frame_bytes = 1024;

result<std::vector<stream_version>>
unsealed_turns(const store_view& view, const stream_id& stream) {
  std::vector<stream_version> turns;
  auto rows = view.stream_iterator(family::unsealed);
  for (rows->Seek(to_slice(stream_key(stream, {0}))); rows->Valid();
       rows->Next()) {
    auto key = parse_stream_key(to_view(rows->key()));
    if (!key || key->stream != stream)
      break;
    turns.push_back(key->version);
  }
  if (!rows->status().ok())
    return to_error(rows->status(), "Reading the log");
  return turns;
}

bool is_frame(const record_view& record, const event_batch& batch) {
  return record.kind == record_kind::batch
         && std::all_of(
             batch.items.begin(), batch.items.end(), [](const auto& item) {
               return std::holds_alternative<token_run>(item);
             });
}

/// Collects neighbouring frames of one stream into sealed records.
class frame_joiner {
public:
  explicit frame_joiner(const stream_id& stream) : stream_(stream) {}

  void add(const stored_record& stored, const event_batch& frame) {
    if (run_.marks.size() + frame.size() > max_sealed_tokens
        || run_.text.size() + stored.stored_bytes > max_sealed_text_bytes)
      close();
    rows_.push_back(
        {stored.record.first_version, stored.position, stored.record.count});
    stored_bytes_ += stored.stored_bytes;
    for (const auto& item : frame.items)
      run_.append(std::get<token_run>(item));
    auto& last = positions_;
    if (!last.empty()
        && last.back().first + last.back().count == stored.position)
      last.back().count += stored.record.count;
    else
      last.push_back({stored.position, stored.record.count});
  }

  /// A record that is no frame ends the run.
  void close() {
    if (rows_.size() > 1 || stored_bytes_ >= min_single_frame_bytes)
      replace();
    rows_.clear();
    positions_.clear();
    run_ = {};
    stored_bytes_ = 0;
  }

  std::vector<sealed_replacement> take() { return std::move(replacements_); }

private:
  void replace() {
    auto body = encode_sealed(positions_, run_);
    sealed_replacement out;
    out.row = rows_.front();
    out.row.count = run_.marks.size();
    out.record = write_record(
        {record_kind::sealed, stream_, out.row.first_version, out.row.count,
         body},
        out.row.position);
    if (rows_.size() == 1 && out.record.size() >= stored_bytes_)
      return;
    out.dropped.assign(rows_.begin() + 1, rows_.end());
    const auto& last = positions_.back();
    out.last_position = {last.first.value + last.count - 1};
    out.has_gaps = positions_.size() > 1;
    replacements_.push_back(std::move(out));
  }

  stream_id stream_;
  std::vector<stream_row> rows_;
  std::vector<position_segment> positions_;
  token_run run_;
  std::size_t stored_bytes_ = 0;
  std::vector<sealed_replacement> replacements_;
};

/// Which turn is running, while one goes through a stream.
class turn_tracker {
public:
  void apply(const event_batch& batch) {
    for_each_single(
        batch, [this](stream_version version, const stamped_event& one) {
          if (opens_turn(*one.body))
            open_ = version;
          else if (ends_turn(*one.body))
            open_ = std::nullopt;
        });
  }

  /// Version of the turn_admitted of the running turn.
  std::optional<stream_version> open() const { return open_; }

private:
  std::optional<stream_version> open_;
};

} // namespace

result<std::unique_ptr<prepared_seal>> prepare_seal(
    const store_view& view, const store_id& store, const stream_id& stream) {
  auto turns = unsealed_turns(view, stream);
  if (!turns)
    return std::move(turns).error();
  if (turns->empty())
    return std::unique_ptr<prepared_seal>{};
  frame_joiner frames{stream};
  turn_tracker tracker;
  auto read = visit_records(
      view, stream, turns->front(),
      [&](const stored_record& stored) -> result<bool> {
        auto batch = decode_record(stored.record, stored.position);
        if (!batch)
          return std::move(batch).error();
        tracker.apply(*batch);
        if (is_frame(stored.record, *batch))
          frames.add(stored, *batch);
        else
          frames.close();
        return true;
      });
  if (!read)
    return std::move(read).error();
  frames.close();
  auto seal = std::make_unique<rocksdb_seal>();
  seal->store = store;
  seal->stream = stream;
  seal->replacements = frames.take();
  seal->turns = *std::move(turns);
  if (auto open = tracker.open()) {
    std::erase_if(
        seal->turns, [&](stream_version turn) { return turn >= *open; });
    std::erase_if(seal->replacements, [&](const sealed_replacement& r) {
      return r.row.first_version > *open;
    });
  }
  if (seal->turns.empty())
    return std::unique_ptr<prepared_seal>{};
  return std::unique_ptr<prepared_seal>{std::move(seal)};
}

} // namespace hansard::detail
