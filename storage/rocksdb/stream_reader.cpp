#include "storage/rocksdb/stream_reader.hpp"

#include "events/slice.hpp"
#include "storage/disk/rocksdb_status.hpp"
#include "storage/format/keys.hpp"
#include "storage/format/varint.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace hansard::detail {

namespace {

constexpr std::uint64_t max_u64 = std::numeric_limits<std::uint64_t>::max();

error missing(const stream_id& stream, stream_version version) {
  return make_error(
      ec::corrupt, "Stream " + to_base32(stream) + " lacks version "
                       + std::to_string(version.value)
                       + ": the log is damaged.");
}

error mismatch(const stream_id& stream, const stream_row& row) {
  return make_error(
      ec::corrupt, "The log's record at position "
                       + std::to_string(row.position.value) + " is not version "
                       + std::to_string(row.first_version.value) + " of stream "
                       + to_base32(stream) + ": the log is damaged.");
}

/// Finds the records of a stream by position. Where the next one lies right
/// behind the last, a step of an iterator finds it; else a look-up, which is
/// cheaper than a seek.
class record_finder {
public:
  explicit record_finder(const store_view& view)
      : view_(view),
        rows_(view.iterator(family::log, false)) {}

  /// The bytes are valid until the next call.
  result<std::string_view> find(const stream_row& row) {
    auto key = log_key(row.position);
    bool is_neighbour = row.position == behind_last_;
    behind_last_ = row.position + row.count;
    if (!is_neighbour) {
      on_last_ = false;
      auto status = view_.get(family::log, key, found_);
      if (status.IsNotFound())
        return missing_record(row.position);
      if (!status.ok())
        return to_error(status, "Reading the log");
      return to_view(found_);
    }
    if (on_last_)
      rows_->Next();
    else
      rows_->Seek(to_slice(key));
    on_last_ = true;
    if (!rows_->status().ok())
      return to_error(rows_->status(), "Reading the log");
    if (!rows_->Valid() || to_view(rows_->key()) != key)
      return missing_record(row.position);
    return to_view(rows_->value());
  }

private:
  static error missing_record(log_position position) {
    return make_error(
        ec::corrupt, "The log has no record at position "
                         + std::to_string(position.value) + ": it is damaged.");
  }

  const store_view& view_;
  std::unique_ptr<rocksdb::Iterator> rows_;
  /// Whether the iterator is on the last record.
  bool on_last_ = false;
  log_position behind_last_;
  rocksdb::PinnableSlice found_;
};

/// Sets `rows` on the first row with events of version >= from, given that the
/// rows have no hole.
void seek_version(
    rocksdb::Iterator& rows, const stream_id& stream, stream_version from) {
  rows.SeekForPrev(to_slice(stream_key(stream, from)));
  if (!rows.Valid() && rows.status().ok())
    rows.Seek(to_slice(stream_key(stream, {0})));
}

} // namespace

std::string to_row_value(const stream_row& row) {
  std::string value;
  put_varint(value, row.position.value);
  put_varint(value, row.count);
  return value;
}

result<stream_row>
stream_row_from(std::string_view key, std::string_view value) {
  auto parts = parse_stream_key(key);
  byte_reader in{value};
  stream_row row;
  row.position = {in.varint()};
  row.count = in.varint();
  if (parts)
    row.first_version = parts->version;
  if (!in.done() || row.first_version.value == 0 || row.count == 0
      || row.count - 1 > max_u64 - row.first_version.value)
    return make_error(
        ec::corrupt, "A row of the log's stream index is malformed.");
  return row;
}

result<std::optional<stream_row>> find_stream_row(
    const store_view& view, const stream_id& stream, stream_version version) {
  auto rows = view.stream_iterator(family::streams);
  rows->SeekForPrev(to_slice(stream_key(stream, version)));
  if (!rows->status().ok())
    return to_error(rows->status(), "Reading the log");
  if (!rows->Valid()
      || !to_view(rows->key()).starts_with(stream_prefix(stream)))
    return std::optional<stream_row>{};
  auto row = stream_row_from(to_view(rows->key()), to_view(rows->value()));
  if (!row)
    return std::move(row).error();
  return std::optional{*row};
}

result<void> visit_records(
    const store_view& view, const stream_id& stream, stream_version from,
    const record_visitor& visit) {
  auto rows = view.stream_iterator(family::streams);
  record_finder records{view};
  stream_version expected{0};
  for (seek_version(*rows, stream, from); rows->Valid(); rows->Next()) {
    if (!to_view(rows->key()).starts_with(stream_prefix(stream)))
      break;
    auto row = stream_row_from(to_view(rows->key()), to_view(rows->value()));
    if (!row)
      return std::move(row).error();
    // Rows before the first one read are taken on trust; a stream that begins
    // after `from` has lost its beginning.
    if (expected.value == 0)
      expected =
          row->first_version > from ? stream_version{1} : row->first_version;
    if (row->first_version != expected)
      return missing(stream, expected);
    expected = row->last_version().next();
    if (row->last_version() < from)
      continue;
    auto bytes = records.find(*row);
    if (!bytes)
      return std::move(bytes).error();
    auto record = read_record(*bytes, row->position);
    if (!record)
      return std::move(record).error();
    if (record->stream != stream || record->count != row->count
        || record->first_version != row->first_version)
      return mismatch(stream, *row);
    auto more = visit({row->position, bytes->size(), *record});
    if (!more)
      return std::move(more).error();
    if (!*more)
      return {};
  }
  if (!rows->status().ok())
    return to_error(rows->status(), "Reading the log");
  return {};
}

result<void> read_stream(
    const store_view& view, const stream_id& stream, stream_version from,
    const batch_visitor& visit) {
  from = std::max(from, stream_version{1});
  return visit_records(
      view, stream, from, [&](const stored_record& stored) -> result<bool> {
        auto batch = decode_record(stored.record, stored.position);
        if (!batch)
          return std::move(batch).error();
        auto skip = from.value - std::min(from, batch->first_version).value;
        if (skip > 0)
          batch = drop_front(*std::move(batch), skip);
        return visit(std::make_shared<event_batch>(*std::move(batch)));
      });
}

} // namespace hansard::detail
