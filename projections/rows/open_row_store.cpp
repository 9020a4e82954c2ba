#include "projections/rows/rocksdb_row_store.hpp"
#include "storage/disk/rocksdb_status.hpp"

#include <rocksdb/env.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <utility>

namespace hansard {

namespace {

/// What a damaged folder shows at open; the disk's own faults are not damage.
bool is_damage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsNotFound()
         || status.IsInvalidArgument() || status.IsNotSupported()
         || status.IsPathNotFound();
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
    families.emplace_back(name, detail::table_options());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  auto status =
      read_only
          ? rocksdb::DB::OpenForReadOnly(options, path, families, &handles, &db)
          : rocksdb::DB::Open(options, path, families, &handles, &db);
  if (status.ok())
    out = std::make_unique<detail::rocksdb_row_store>(
        std::unique_ptr<rocksdb::DB>(db), handles, read_only);
  return status;
}

error open_error(const rocksdb::Status& status, const std::string& path) {
  if (detail::is_lock_conflict(status))
    return make_error(
        ec::storage_locked, "Another process holds " + path
                                + ". Stop it, or choose another data folder.");
  return detail::row_error(status, path);
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
