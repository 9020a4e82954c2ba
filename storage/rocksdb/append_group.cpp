#include "storage/rocksdb/append_group.hpp"

#include "storage/append_checks.hpp"
#include "storage/disk/rocksdb_status.hpp"
#include "storage/format/keys.hpp"
#include "storage/format/record.hpp"
#include "storage/format/varint.hpp"

#include <limits>
#include <string>
#include <utility>

namespace hansard::detail {

namespace {

/// Checksums of each key and value from here to the memtable.
constexpr std::size_t protection_bytes_per_key = 8;

} // namespace

append_group::append_group(
    const rocksdb_store& store, const store_id& id, head_cache& heads,
    log_mark head)
    : store_(store),
      id_(id),
      heads_(heads),
      head_(head),
      batch_(0, 0, protection_bytes_per_key, 0) {}

void append_group::put(family f, std::string_view key, std::string_view value) {
  auto status = batch_.Put(store_[f], to_slice(key), to_slice(value));
  if (staging_.ok())
    staging_ = status;
}

void append_group::remove(family f, std::string_view key) {
  // These keys are written once and removed once: unlike a deletion, this
  // leaves no trace once both have met.
  auto status = batch_.SingleDelete(store_[f], to_slice(key));
  if (staging_.ok())
    staging_ = status;
}

result<stream_version> append_group::version_of(const stream_id& stream) {
  if (auto found = versions_.find(stream); found != versions_.end())
    return found->second;
  if (auto cached = heads_.find(stream))
    return *cached;
  auto row = find_stream_row(
      store_view{store_}, stream, {std::numeric_limits<std::uint64_t>::max()});
  if (!row)
    return std::move(row).error();
  auto version = *row ? (*row)->last_version() : stream_version{0};
  heads_.put(stream, version);
  return version;
}

void append_group::put_open_turns(
    const event_batch& batch, stream_version first_version) {
  for_each_single(
      batch, first_version,
      [&](stream_version version, const stamped_event& one) {
        if (opens_turn(*one.body))
          put(family::unsealed, stream_key(batch.stream, version), {});
      });
}

result<log_position> append_group::add(const append_request& request) {
  if (auto checked = check_appendable(request); !checked)
    return std::move(checked).error();
  auto& batch = *request.batch;
  auto actual = version_of(batch.stream);
  if (!actual)
    return std::move(actual).error();
  if (auto checked = check_version(request, *actual); !checked)
    return std::move(checked).error();

  auto count = batch.size();
  stream_row row{actual->next(), head_.position.next(), count};
  put(family::log, log_key(row.position),
      write_record(
          {record_kind::batch, batch.stream, row.first_version, count,
           request.encoded},
          row.position));
  put(family::streams, stream_key(batch.stream, row.first_version),
      to_row_value(row));
  put_open_turns(batch, row.first_version);
  versions_[batch.stream] = row.last_version();
  staged_.push_back({&batch, row.first_version, {row.position, count}});
  head_.position = head_.position + count;
  return head_.position;
}

result<bool> append_group::fits(const rocksdb_seal& seal) const {
  if (seal.store != id_ || sealed_.contains(seal.stream))
    return false;
  for (auto turn : seal.turns) {
    auto row = store_.get(family::unsealed, stream_key(seal.stream, turn));
    if (!row)
      return std::move(row).error();
    if (!*row)
      return false;
  }
  return true;
}

result<void> append_group::add(const prepared_seal* prepared) {
  auto* seal = dynamic_cast<const rocksdb_seal*>(prepared);
  if (!seal)
    return {};
  auto fitting = fits(*seal);
  if (!fitting)
    return std::move(fitting).error();
  if (!*fitting)
    return {};
  sealed_.insert(seal->stream);
  for (auto turn : seal->turns)
    remove(family::unsealed, stream_key(seal->stream, turn));
  for (const auto& r : seal->replacements) {
    put(family::log, log_key(r.row.position), r.record);
    put(family::streams, stream_key(seal->stream, r.row.first_version),
        to_row_value(r.row));
    for (const auto& frame : r.dropped) {
      remove(family::log, log_key(frame.position));
      remove(family::streams, stream_key(seal->stream, frame.first_version));
    }
    if (r.has_gaps) {
      std::string reach;
      put_varint(reach, r.last_position.value - r.row.position.value);
      put(family::spans,
          span_key(span_class(r.row.position, r.last_position), r.row.position),
          reach);
    }
  }
  return {};
}

rocksdb::Status append_group::write() {
  if (!staged_.empty()) {
    const auto& last = staged_.back();
    head_ = mark_of_last(
        *last.batch, head_.position, versions_[last.batch->stream]);
    put(family::meta, meta_key::head, to_head_row(head_));
  }
  if (!staging_.ok())
    return staging_;
  rocksdb::WriteOptions options;
  options.sync = !staged_.empty();
  return store_.db().Write(options, &batch_);
}

void append_group::publish() {
  for (const auto& s : staged_) {
    s.batch->first_version = s.first_version;
    s.batch->positions.push_back(s.positions);
  }
  for (const auto& [stream, version] : versions_)
    heads_.put(stream, version);
}

} // namespace hansard::detail
