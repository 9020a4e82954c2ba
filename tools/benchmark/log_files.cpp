#include "tools/benchmark/log_files.hpp"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/utilities/options_util.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hansard::benchmark {

namespace fs = std::filesystem;

namespace {

fs::path log_folder(const fs::path& data) { return data / "log"; }

void expect(const rocksdb::Status& status) {
  if (!status.ok())
    throw std::runtime_error("the log: " + status.ToString());
}

} // namespace

std::uint64_t log_bytes(const fs::path& data) {
  std::uint64_t sum = 0;
  for (const auto& entry : fs::recursive_directory_iterator(log_folder(data)))
    if (entry.is_regular_file())
      sum += entry.file_size();
  return sum;
}

void compact_log(const fs::path& data) {
  const auto path = log_folder(data).string();
  rocksdb::DBOptions options;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  expect(rocksdb::LoadLatestOptions(
      rocksdb::ConfigOptions{}, path, &options, &families));
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  expect(rocksdb::DB::Open(options, path, families, &handles, &raw));
  const std::unique_ptr<rocksdb::DB> db(raw);
  rocksdb::CompactRangeOptions whole;
  whole.bottommost_level_compaction =
      rocksdb::BottommostLevelCompaction::kForce;
  rocksdb::Status status;
  for (auto* handle : handles) {
    if (status.ok())
      status = db->Flush({}, handle);
    if (status.ok())
      status = db->CompactRange(whole, handle, nullptr, nullptr);
  }
  for (auto* handle : handles)
    db->DestroyColumnFamilyHandle(handle);
  expect(status);
  expect(db->Close());
}

} // namespace hansard::benchmark
