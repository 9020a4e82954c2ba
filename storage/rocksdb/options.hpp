#pragma once

#include "storage/event_log.hpp"

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace hansard::detail {

/// The log's column families; FORMAT.md has their keys and values.
enum class family : std::size_t { log, streams, unsealed, spans, meta };
inline constexpr std::array<const char*, 5> family_names{
    "log", "streams", "unsealed", "spans", "meta"};

rocksdb::DBOptions database_options(
    const rocksdb_log_options& options, rocksdb::Env* env,
    std::shared_ptr<rocksdb::EventListener> listener);

/// RocksDB's own "default" first, which stays empty, then ours in the order
/// of `family`.
std::vector<rocksdb::ColumnFamilyDescriptor>
family_descriptors(const rocksdb_log_options& options);

} // namespace hansard::detail
