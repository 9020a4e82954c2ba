#pragma once

#include "projections/rows/row_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/status.h>

#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::detail {

/// How each table is kept; all share a cache of blocks.
rocksdb::ColumnFamilyOptions table_options();

/// @param table the table, or the folder, that failed.
error row_error(const rocksdb::Status& status, std::string_view table);

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

/// One column family a table; the checkpoint is under the empty key.
class rocksdb_row_store final : public row_store {
public:
  /// @param handles of every column family of `db`; taken over.
  rocksdb_row_store(
      std::unique_ptr<rocksdb::DB> db,
      const std::vector<rocksdb::ColumnFamilyHandle*>& handles, bool read_only);

  result<void> write(
      std::string_view table, const std::vector<change>& changes,
      log_position checkpoint) override;
  result<log_position> checkpoint(std::string_view table) const override;
  result<std::optional<std::string>>
  get(std::string_view table, std::string_view key) const override;
  result<void> scan(
      std::string_view table, std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit)
      const override;
  result<void> clear(std::string_view table) override;

private:
  using table_ptr = std::shared_ptr<table_handle>;

  table_ptr find(std::string_view table) const;
  result<table_ptr> find_or_create(std::string_view table);

  std::unique_ptr<rocksdb::DB> db_;
  bool read_only_;
  mutable std::shared_mutex mutex_;
  /// Destroyed before the database, as handles must be.
  std::map<std::string, table_ptr, std::less<>> tables_;
};

} // namespace hansard::detail
