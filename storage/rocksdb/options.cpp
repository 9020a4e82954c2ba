#include "storage/rocksdb/options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <utility>

namespace hansard::detail {

namespace {

bool is_supported(rocksdb::CompressionType wanted) {
  auto all = rocksdb::GetSupportedCompressions();
  return std::find(all.begin(), all.end(), wanted) != all.end();
}

rocksdb::ColumnFamilyOptions family_options(
    std::shared_ptr<rocksdb::Cache> cache, std::size_t write_buffer_bytes,
    bool by_stream) {
  rocksdb::ColumnFamilyOptions out;
  out.write_buffer_size = write_buffer_bytes;
  out.level_compaction_dynamic_level_bytes = true;
  out.force_consistency_checks = true;
  if (is_supported(rocksdb::kLZ4Compression))
    out.compression = rocksdb::kLZ4Compression;
  if (is_supported(rocksdb::kZSTD))
    out.bottommost_compression = rocksdb::kZSTD;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = std::move(cache);
  table.block_size = 16 * 1024;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  // Index and filter blocks count against the cache: its size is the bound.
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  if (by_stream) {
    out.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(16));
    // A stream's versions grow: the place of the last insert is near the next.
    out.memtable_insert_with_hint_prefix_extractor = out.prefix_extractor;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.whole_key_filtering = false;
  }
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return out;
}

} // namespace

rocksdb::DBOptions database_options(
    const rocksdb_log_options& options, rocksdb::Env* env,
    std::shared_ptr<rocksdb::EventListener> listener) {
  rocksdb::DBOptions out;
  out.env = env;
  out.paranoid_checks = true;
  // The default mode opens without a word after a flipped byte, short of
  // acknowledged events; this one gives up no more than a torn last write.
  out.wal_recovery_mode =
      rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  out.track_and_verify_wals_in_manifest = true;
  out.write_dbid_to_manifest = true;
  out.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  // Column families that are seldom written would pin old WALs.
  out.max_total_wal_size = 256ull * 1024 * 1024;
  out.max_open_files = options.max_open_files;
  out.max_background_jobs = 2;
  // There is one writer: what serves several only costs.
  out.allow_concurrent_memtable_write = false;
  out.enable_write_thread_adaptive_yield = false;
  out.max_file_opening_threads = 2;
  out.bytes_per_sync = 1024 * 1024;
  // After a failed write or sync it is unknown what the disk has: resuming
  // would acknowledge on top of a hole.
  out.max_bgerror_resume_count = 0;
  if (listener)
    out.listeners.push_back(std::move(listener));
  out.max_log_file_size = 4 * 1024 * 1024;
  out.keep_log_file_num = 4;
  out.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  // Both only cost wakeups of an idle process.
  out.stats_dump_period_sec = 0;
  out.stats_persist_period_sec = 0;
  out.skip_stats_update_on_db_open = true;
  return out;
}

std::vector<rocksdb::ColumnFamilyDescriptor>
family_descriptors(const rocksdb_log_options& options) {
  auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  constexpr std::size_t mib = 1024 * 1024;
  auto name = [](family f) {
    return family_names[static_cast<std::size_t>(f)];
  };
  return {
      {rocksdb::kDefaultColumnFamilyName, family_options(cache, mib, false)},
      {name(family::log), family_options(cache, 32 * mib, false)},
      {name(family::streams), family_options(cache, 16 * mib, true)},
      {name(family::unsealed), family_options(cache, 2 * mib, true)},
      {name(family::spans), family_options(cache, 2 * mib, false)},
      {name(family::meta), family_options(cache, 8 * mib, false)},
  };
}

} // namespace hansard::detail
