#pragma once

#include "events/error.hpp"
#include "storage/anchor/anchor.hpp"
#include "storage/rocksdb/store.hpp"

#include <optional>

namespace hansard::detail {

/// The format that this program writes; FORMAT.md has its history.
inline constexpr std::uint32_t format_version = 1;

/// What a store says of itself.
struct store_identity {
  store_id id{};
  log_mark head;
};

/// Writes the first rows of `meta`, synced.
rocksdb::Status write_identity(const rocksdb_store& store, const store_id& id);

/// Whether the first rows of `meta` were never written.
result<bool> is_unborn(const rocksdb_store& store);

/// Reads and checks what a recovered store must hold: a known format, a last
/// event that is the one the store says, nothing after it, and the newest
/// events in agreement with the index of streams; and everything up to
/// `expected`, which an earlier start wrote outside of the store.
/// @returns format_too_new; corrupt.
result<store_identity>
check_store(const rocksdb_store& store, const std::optional<anchor>& expected);

} // namespace hansard::detail
