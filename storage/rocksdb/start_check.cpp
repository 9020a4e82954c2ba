#include "storage/rocksdb/start_check.hpp"

#include "storage/format/keys.hpp"
#include "storage/rocksdb/log_merger.hpp"
#include "storage/rocksdb/stream_reader.hpp"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <string>
#include <utility>

namespace hansard::detail {

namespace {

/// Positions before the end that a start looks at.
constexpr std::uint64_t checked_positions = 256;

std::string to_format_row(std::uint32_t version) {
  std::string row;
  append_big(row, version);
  return row;
}

error damaged(std::string what) {
  return make_error(ec::corrupt, std::move(what));
}

result<void> check_format(const store_view& view) {
  auto row = view.get(family::meta, meta_key::format);
  if (!row)
    return std::move(row).error();
  if (!*row || (*row)->size() != 4)
    return damaged("The log does not say its format.");
  auto version = read_big<std::uint32_t>(**row);
  if (version > format_version)
    return make_error(
        ec::format_too_new, "The log has format " + std::to_string(version)
                                + "; this program knows formats up to "
                                + std::to_string(format_version)
                                + ". Start the newer Hansard that wrote it.");
  if (version == 0)
    return damaged("The log does not say its format.");
  return {};
}

result<store_id> read_id(const store_view& view) {
  auto row = view.get(family::meta, meta_key::store);
  if (!row)
    return std::move(row).error();
  store_id id{};
  if (!*row || (*row)->size() != id.size())
    return damaged("The log does not say which it is.");
  std::transform((*row)->begin(), (*row)->end(), id.begin(), [](char c) {
    return static_cast<std::uint8_t>(c);
  });
  return id;
}

/// The mark of the event at `position`, as it is stored now.
result<log_mark> mark_at(const store_view& view, log_position position) {
  log_mark mark;
  auto read = read_all(view, position, [&](const batch_ptr& batch) {
    mark = mark_of_first(*batch);
    return false;
  });
  if (!read)
    return std::move(read).error();
  return mark;
}

/// Whether the index of streams leads to `batch`.
result<void> check_indexed(const store_view& view, const event_batch& batch) {
  auto row = find_stream_row(view, batch.stream, batch.first_version);
  if (!row)
    return std::move(row).error();
  if (*row && (*row)->last_version() >= batch.last_version()
      && (*row)->position <= batch.first_position())
    return {};
  return damaged(
      "The log's record at position "
      + std::to_string(batch.first_position().value)
      + " is missing in its stream's index.");
}

result<void> check_tail(const store_view& view, log_position head) {
  auto from = head.value - std::min(head.value, checked_positions);
  result<void> indexed{};
  auto read = read_all(view, {from + 1}, [&](const batch_ptr& batch) {
    indexed = check_indexed(view, *batch);
    return indexed.has_value();
  });
  return read ? indexed : read;
}

result<void> check_anchor(
    const store_view& view, const store_identity& found,
    const anchor& expected) {
  if (expected.store != found.id)
    return damaged(
        "The anchor file beside the log belongs to another log. If this log is "
        "the right one, delete the anchor file.");
  if (expected.head.position.value == 0)
    return {};
  if (found.head.position < expected.head.position)
    return damaged(
        "The log ends at position " + std::to_string(found.head.position.value)
        + ", but it had reached " + std::to_string(expected.head.position.value)
        + ": its end is lost.");
  auto mark = mark_at(view, expected.head.position);
  if (!mark)
    return std::move(mark).error();
  if (*mark != expected.head)
    return damaged(
        "The log's event at position "
        + std::to_string(expected.head.position.value)
        + " is not the one that was recorded there.");
  return {};
}

} // namespace

rocksdb::Status write_identity(const rocksdb_store& store, const store_id& id) {
  rocksdb::WriteBatch batch;
  auto* meta = store[family::meta];
  auto put = [&](std::string_view key, const std::string& value) {
    return batch.Put(meta, to_slice(key), value);
  };
  auto status = put(meta_key::format, to_format_row(format_version));
  if (status.ok())
    status = put(meta_key::store, std::string(id.begin(), id.end()));
  if (status.ok())
    status = put(meta_key::head, to_head_row({}));
  rocksdb::WriteOptions options;
  options.sync = true;
  return status.ok() ? store.db().Write(options, &batch) : status;
}

result<bool> is_unborn(const rocksdb_store& store) {
  store_view view{store};
  auto format = view.get(family::meta, meta_key::format);
  if (!format)
    return std::move(format).error();
  if (*format)
    return false;
  for (auto f : {family::log, family::streams, family::meta}) {
    auto rows = view.iterator(f, false);
    rows->SeekToFirst();
    if (rows->Valid() || !rows->status().ok())
      return false;
  }
  return true;
}

result<store_identity>
check_store(const rocksdb_store& store, const std::optional<anchor>& expected) {
  store_view view{store};
  if (auto checked = check_format(view); !checked)
    return std::move(checked).error();
  auto id = read_id(view);
  if (!id)
    return std::move(id).error();
  auto head = view.head();
  if (!head)
    return std::move(head).error();
  if (auto checked = check_tail(view, head->position); !checked)
    return std::move(checked).error();
  if (head->position.value > 0) {
    auto mark = mark_at(view, head->position);
    if (!mark)
      return std::move(mark).error();
    if (*mark != *head)
      return damaged("The log's last event is not the one it says.");
  }
  store_identity found{*id, *head};
  if (expected) {
    if (auto checked = check_anchor(view, found, *expected); !checked)
      return std::move(checked).error();
  }
  return found;
}

} // namespace hansard::detail
