#pragma once

#include "tools/benchmark/micro/sample_log.hpp"

#include <rocksdb/db.h>

#include <cstdint>
#include <memory>

namespace hansard::benchmark {

/// RocksDB without anything on top: the limit that the log is held against. One
/// row an event: eight bytes of position, a hundred of event.
class raw_store {
public:
  raw_store();

  /// One synced WriteBatch.
  void append(std::uint32_t rows);
  void compact();
  rocksdb::DB& db() { return *db_; }
  std::uint64_t rows() const { return rows_; }

private:
  sample_folder folder_;
  std::unique_ptr<rocksdb::DB> db_;
  std::uint64_t rows_ = 0;
};

} // namespace hansard::benchmark
