#include "projections/row.hpp"
#include "projections/row_store.hpp"
#include "storage/rocksdb_status.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace hansard {

namespace {

/// Rows never have an empty key, and it sorts first.
constexpr std::string_view checkpoint_key = "";

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

/// What a damaged folder shows at open; the disk's own faults are not damage.
bool is_damage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsNotFound()
         || status.IsInvalidArgument() || status.IsNotSupported()
         || status.IsPathNotFound();
}

error to_error(const rocksdb::Status& status, std::string_view table) {
  if (status.IsCorruption())
    return detail::damaged_rows(table, status.ToString());
  if (status.IsNoSpace())
    return make_error(
        ec::storage_full, "The disk of the projections is full: "
                              + status.ToString() + ". Make room.");
  return make_error(
      ec::storage_failed, "The projections' disk failed: " + status.ToString());
}

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

rocksdb::DBOptions store_options() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.max_open_files = 64;
  options.max_total_wal_size = 32 * 1024 * 1024;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 2;
  options.max_manifest_file_size = 4 * 1024 * 1024;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

/// A column family; a reader keeps it while clear() drops it.
class table_handle {
public:
  table_handle(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* handle)
      : db_(&db),
        handle_(handle) {}
  table_handle(const table_handle&) = delete;
  table_handle& operator=(const table_handle&) = delete;
  ~table_handle() { db_->DestroyColumnFamilyHandle(handle_); }

  rocksdb::ColumnFamilyHandle* get() const { return handle_; }

private:
  rocksdb::DB* db_;
  rocksdb::ColumnFamilyHandle* handle_;
};

using table_ptr = std::shared_ptr<table_handle>;

class rocksdb_row_store final : public row_store {
public:
  rocksdb_row_store(
      std::unique_ptr<rocksdb::DB> db,
      const std::vector<rocksdb::ColumnFamilyHandle*>& handles, bool read_only)
      : db_(std::move(db)),
        read_only_(read_only) {
    for (auto* handle : handles)
      tables_.emplace(
          handle->GetName(), std::make_shared<table_handle>(*db_, handle));
  }

  result<void> write(
      std::string_view table, const std::vector<change>& changes,
      log_position checkpoint) override {
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
    detail::append_big(position, checkpoint.value);
    batch.Put(family, slice(checkpoint_key), position);
    auto status = db_->Write(rocksdb::WriteOptions{}, &batch);
    if (!status.ok())
      return to_error(status, table);
    return {};
  }

  result<log_position> checkpoint(std::string_view table) const override {
    auto bytes = get(table, checkpoint_key);
    if (!bytes)
      return bytes.error();
    if (!*bytes)
      return log_position{};
    if ((*bytes)->size() != 8)
      return detail::damaged_rows(table, "checkpoint");
    return log_position{boost::endian::load_big_u64(
        reinterpret_cast<const unsigned char*>((*bytes)->data()))};
  }

  result<std::optional<std::string>>
  get(std::string_view table, std::string_view key) const override {
    std::optional<std::string> value;
    auto source = find(table);
    if (!source)
      return value;
    auto status = db_->Get(
        rocksdb::ReadOptions{}, source->get(), slice(key), &value.emplace());
    if (status.IsNotFound())
      value.reset();
    else if (!status.ok())
      return to_error(status, table);
    return value;
  }

  result<void> scan(
      std::string_view table, std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit)
      const override {
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
      return to_error(rows->status(), table);
    return {};
  }

  /// The family is dropped, not emptied: its files go at once, and no
  /// tombstones stand in the way of the rows to come.
  result<void> clear(std::string_view table) override {
    if (read_only_)
      return opened_read_only();
    std::unique_lock lock{mutex_};
    auto found = tables_.find(table);
    if (found == tables_.end())
      return {};
    auto status = db_->DropColumnFamily(found->second->get());
    if (!status.ok())
      return to_error(status, table);
    tables_.erase(found);
    return {};
  }

private:
  /// RocksDB itself lets some changes through.
  static error opened_read_only() {
    return make_error(
        ec::storage_failed, "The projections were opened to be read only.");
  }

  table_ptr find(std::string_view table) const {
    std::shared_lock lock{mutex_};
    auto found = tables_.find(table);
    return found == tables_.end() ? nullptr : found->second;
  }

  result<table_ptr> find_or_create(std::string_view table) {
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
      return to_error(status, table);
    }
    target = std::make_shared<table_handle>(*db_, handle);
    return target;
  }

  std::unique_ptr<rocksdb::DB> db_;
  bool read_only_;
  mutable std::shared_mutex mutex_;
  /// Destroyed before the database, as handles must be.
  std::map<std::string, table_ptr, std::less<>> tables_;
};

rocksdb::Status try_open(
    const std::string& path, bool read_only, std::unique_ptr<row_store>& out) {
  auto options = store_options();
  std::vector<std::string> names;
  auto current = path + "/CURRENT";
  if (rocksdb::Env::Default()->FileExists(current).ok()) {
    auto listed = rocksdb::DB::ListColumnFamilies(options, path, &names);
    if (!listed.ok())
      return listed;
  } else {
    names.push_back(rocksdb::kDefaultColumnFamilyName);
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const auto& name : names)
    families.emplace_back(name, table_options());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  auto status =
      read_only
          ? rocksdb::DB::OpenForReadOnly(options, path, families, &handles, &db)
          : rocksdb::DB::Open(options, path, families, &handles, &db);
  if (status.ok())
    out = std::make_unique<rocksdb_row_store>(
        std::unique_ptr<rocksdb::DB>(db), handles, read_only);
  return status;
}

error open_error(const rocksdb::Status& status, const std::string& path) {
  if (detail::is_lock_conflict(status))
    return make_error(
        ec::storage_locked, "Another process holds " + path
                                + ". Stop it, or choose another data folder.");
  return to_error(status, path);
}

/// @pre nobody holds the folder.
result<void> set_aside(const std::string& path) {
  std::error_code failed;
  auto aside = path + ".damaged";
  std::filesystem::remove_all(aside, failed);
  std::filesystem::rename(path, aside, failed);
  if (!failed)
    return {};
  // A mount point can't be renamed: its contents go instead.
  std::filesystem::directory_iterator entries{path, failed};
  for (; !failed && entries != std::filesystem::directory_iterator{};
       entries.increment(failed))
    std::filesystem::remove_all(entries->path(), failed);
  if (failed)
    return make_error(
        ec::storage_failed, "The damaged projections in " + path
                                + " can't be set aside: " + failed.message()
                                + ". Delete the folder.");
  return {};
}

/// Whether some process has the store open: damage that a reader sees in the
/// files of a living store is none.
bool is_held(const std::string& path) {
  auto* env = rocksdb::Env::Default();
  rocksdb::FileLock* lock = nullptr;
  auto status = env->LockFile(path + "/LOCK", &lock);
  if (status.ok())
    env->UnlockFile(lock);
  return detail::is_lock_conflict(status);
}

result<std::unique_ptr<row_store>>
open_rocksdb(const std::string& path, bool read_only) {
  std::unique_ptr<row_store> store;
  auto status = try_open(path, read_only, store);
  if (status.ok())
    return store;
  if (read_only || detail::is_lock_conflict(status) || !is_damage(status))
    return open_error(status, path);
  if (is_held(path))
    return open_error(
        rocksdb::Status::IOError("lock hold by current process"), path);
  spdlog::error(
      "projections in {} are damaged ({}): set aside, folding anew from the "
      "log",
      path, status.ToString());
  if (auto aside = set_aside(path); !aside)
    return aside.error();
  status = try_open(path, read_only, store);
  if (!status.ok())
    return open_error(status, path);
  return store;
}

} // namespace

result<std::unique_ptr<row_store>>
open_row_store(const std::string& path, bool read_only) {
  try {
    if (read_only) {
      if (!std::filesystem::exists(path + "/CURRENT"))
        return make_error(ec::not_found, "There are no projections in " + path);
    } else {
      std::filesystem::create_directories(path);
    }
    return open_rocksdb(path, read_only);
  } catch (const std::exception& e) {
    return make_error(
        ec::storage_failed, "Can't open " + path + ": " + e.what());
  }
}

} // namespace hansard
