#pragma once

#include "events/error.hpp"
#include "storage/anchor/anchor.hpp"
#include "storage/rocksdb/options.hpp"

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::detail {

/// The open database with its column families. Handles are given back before
/// the database closes, as RocksDB asserts. Iterators and snapshots must be
/// gone by then.
class rocksdb_store {
public:
  rocksdb_store(
      std::unique_ptr<rocksdb::DB> db,
      std::vector<rocksdb::ColumnFamilyHandle*> handles)
      : handles_(std::move(handles)),
        db_(std::move(db)) {}
  ~rocksdb_store();
  rocksdb_store(const rocksdb_store&) = delete;
  rocksdb_store& operator=(const rocksdb_store&) = delete;

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* operator[](family f) const {
    return handles_[static_cast<std::size_t>(f) + 1];
  }

  /// nullopt: no such key.
  result<std::optional<std::string>>
  get(family f, std::string_view key,
      const rocksdb::Snapshot* snapshot = nullptr) const;

private:
  /// "default" first, then in the order of `family`.
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::unique_ptr<rocksdb::DB> db_;
};

/// Everything as of one moment, across all column families.
class store_view {
public:
  explicit store_view(const rocksdb_store& store)
      : store_(store),
        guard_(&store.db()),
        snapshot_(guard_.snapshot()) {}

  /// Of one stream's rows only: the iterator ends where the stream's do.
  std::unique_ptr<rocksdb::Iterator> stream_iterator(family f) const;
  /// Of all rows in key order.
  /// @param scan A long way is gone: read ahead, leave the cache alone.
  std::unique_ptr<rocksdb::Iterator> iterator(family f, bool scan) const;
  result<std::optional<std::string>> get(family f, std::string_view key) const {
    return store_.get(f, key, snapshot_);
  }
  /// Without a copy.
  rocksdb::Status
  get(family f, std::string_view key, rocksdb::PinnableSlice& value) const;
  /// The last event.
  result<log_mark> head() const;

private:
  const rocksdb_store& store_;
  rocksdb::ManagedSnapshot guard_;
  const rocksdb::Snapshot* snapshot_;
};

/// The rows of `meta`.
namespace meta_key {
inline constexpr std::string_view format = "format";
inline constexpr std::string_view store = "store";
inline constexpr std::string_view head = "head";
} // namespace meta_key

/// The value of meta_key::head.
std::string to_head_row(const log_mark& mark);
std::optional<log_mark> head_from_row(std::string_view row);

inline std::string_view to_view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

inline rocksdb::Slice to_slice(std::string_view view) {
  return {view.data(), view.size()};
}

} // namespace hansard::detail
