#pragma once

#include "events/error.hpp"

#include <rocksdb/status.h>

#include <string_view>

/// The one place where RocksDB's Status becomes an error.
namespace hansard::detail {

/// @param doing What was tried, as in "Reading the log".
/// @returns corrupt; storage_full; storage_failed for all else.
error to_error(const rocksdb::Status& status, std::string_view doing);

/// Whether a folder's LOCK file is held, by this process or another.
bool is_lock_conflict(const rocksdb::Status& status);

} // namespace hansard::detail
