#include "projections/rows/rocksdb_row_store.hpp"

#include "projections/rows/row.hpp"
#include "storage/disk/rocksdb_status.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace hansard::detail {

namespace {

/// Rows never have an empty key, and it sorts first.
constexpr std::string_view checkpoint_key = "";

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

/// RocksDB itself lets some changes through.
error opened_read_only() {
  return make_error(
      ec::storage_failed, "The projections were opened to be read only.");
}

} // namespace

rocksdb::ColumnFamilyOptions table_options() {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 8 * 1024 * 1024;
  options.max_write_buffer_number = 2;
  rocksdb::BlockBasedTableOptions blocks;
  static const auto cache = rocksdb::NewLRUCache(16 * 1024 * 1024);
  blocks.block_cache = cache;
  blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  return options;
}

error row_error(const rocksdb::Status& status, std::string_view table) {
  if (status.IsCorruption())
    return damaged_rows(table, status.ToString());
  return to_error(status, "The disk of the projections");
}

rocksdb_row_store::rocksdb_row_store(
    std::unique_ptr<rocksdb::DB> db,
    const std::vector<rocksdb::ColumnFamilyHandle*>& handles, bool read_only)
    : db_(std::move(db)),
      read_only_(read_only) {
  for (auto* handle : handles)
    tables_.emplace(
        handle->GetName(), std::make_shared<table_handle>(*db_, handle));
}

result<void> rocksdb_row_store::write(
    std::string_view table, const std::vector<change>& changes,
    log_position checkpoint) {
  if (read_only_)
    return opened_read_only();
  auto target = find_or_create(table);
  if (!target)
    return target.error();
  auto* family = (*target)->get();
  rocksdb::WriteBatch batch;
  for (const auto& c : changes) {
    if (c.value)
      batch.Put(family, c.key, *c.value);
    else
      batch.Delete(family, c.key);
  }
  std::string position;
  append_big(position, checkpoint.value);
  batch.Put(family, slice(checkpoint_key), position);
  auto status = db_->Write(rocksdb::WriteOptions{}, &batch);
  if (!status.ok())
    return row_error(status, table);
  return {};
}

result<log_position>
rocksdb_row_store::checkpoint(std::string_view table) const {
  auto bytes = get(table, checkpoint_key);
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return log_position{};
  if ((*bytes)->size() != 8)
    return damaged_rows(table, "checkpoint");
  return log_position{read_big<std::uint64_t>(**bytes)};
}

result<std::optional<std::string>>
rocksdb_row_store::get(std::string_view table, std::string_view key) const {
  std::optional<std::string> value;
  auto source = find(table);
  if (!source)
    return value;
  auto status = db_->Get(
      rocksdb::ReadOptions{}, source->get(), slice(key), &value.emplace());
  if (status.IsNotFound())
    value.reset();
  else if (!status.ok())
    return row_error(status, table);
  return value;
}

result<void> rocksdb_row_store::scan(
    std::string_view table, std::string_view prefix, std::string_view from,
    const std::function<bool(std::string_view, std::string_view)>& visit)
    const {
  auto source = find(table);
  if (!source)
    return {};
  std::unique_ptr<rocksdb::Iterator> rows{
      db_->NewIterator(rocksdb::ReadOptions{}, source->get())};
  rows->Seek(slice(std::max(prefix, from)));
  if (rows->Valid() && view(rows->key()) == checkpoint_key)
    rows->Next();
  for (; rows->Valid() && view(rows->key()).starts_with(prefix); rows->Next())
    if (!visit(view(rows->key()), view(rows->value())))
      return {};
  if (!rows->status().ok())
    return row_error(rows->status(), table);
  return {};
}

/// The family is dropped, not emptied: its files go at once, and no
/// tombstones stand in the way of the rows to come.
result<void> rocksdb_row_store::clear(std::string_view table) {
  if (read_only_)
    return opened_read_only();
  std::unique_lock lock{mutex_};
  auto found = tables_.find(table);
  if (found == tables_.end())
    return {};
  auto status = db_->DropColumnFamily(found->second->get());
  if (!status.ok())
    return row_error(status, table);
  tables_.erase(found);
  return {};
}

rocksdb_row_store::table_ptr
rocksdb_row_store::find(std::string_view table) const {
  std::shared_lock lock{mutex_};
  auto found = tables_.find(table);
  return found == tables_.end() ? nullptr : found->second;
}

result<rocksdb_row_store::table_ptr>
rocksdb_row_store::find_or_create(std::string_view table) {
  if (auto found = find(table))
    return found;
  std::unique_lock lock{mutex_};
  auto& target = tables_[std::string(table)];
  if (target)
    return target;
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  auto status =
      db_->CreateColumnFamily(table_options(), std::string(table), &handle);
  if (!status.ok()) {
    tables_.erase(tables_.find(table));
    return row_error(status, table);
  }
  target = std::make_shared<table_handle>(*db_, handle);
  return target;
}

} // namespace hansard::detail
