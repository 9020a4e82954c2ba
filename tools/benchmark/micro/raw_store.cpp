#include "tools/benchmark/micro/raw_store.hpp"

#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <string>

namespace hansard::benchmark {

namespace {

void check(const rocksdb::Status& status) {
  if (!status.ok())
    give_up("raw RocksDB", status.ToString());
}

} // namespace

raw_store::raw_store() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.track_and_verify_wals_in_manifest = true;
  options.wal_recovery_mode =
      rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  rocksdb::DB* db = nullptr;
  check(rocksdb::DB::Open(options, folder_.file("raw"), &db));
  db_.reset(db);
}

void raw_store::append(std::uint32_t rows) {
  rocksdb::WriteBatch batch;
  std::string value(100, 'x');
  for (std::uint32_t i = 0; i < rows; ++i) {
    char key[8];
    ++rows_;
    for (int b = 0; b < 8; ++b)
      key[b] = static_cast<char>(rows_ >> (56 - 8 * b));
    value.replace(0, 8, key, 8);
    check(batch.Put({key, sizeof key}, value));
  }
  rocksdb::WriteOptions synced;
  synced.sync = true;
  check(db_->Write(synced, &batch));
}

void raw_store::compact() {
  check(db_->Flush({}));
  check(db_->CompactRange({}, nullptr, nullptr));
}

} // namespace hansard::benchmark
