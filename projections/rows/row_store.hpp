#pragma once

#include "events/error.hpp"
#include "events/ids.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// The rows of the persisted projections: an ordered key-value store of its
/// own (data/projections), apart from the log, so that it can be deleted whole.
/// One table per projection; a table's checkpoint is written with its rows in
/// one atomic batch. Not synced: what a power cut takes is folded again from
/// the log. Reads from any thread; one writer per table. Nothing throws.
/// Keys are not empty. A table that was never written has no rows.
///
/// Errors of all: corrupt (details: `table`), storage_full, storage_failed.
class row_store {
public:
  virtual ~row_store() = default;

  struct change {
    std::string key;
    /// nullopt: delete.
    std::optional<std::string> value;
  };

  /// Applies `changes` in order and moves the table's checkpoint, atomically.
  virtual result<void> write(
      std::string_view table, const std::vector<change>& changes,
      log_position checkpoint) = 0;

  /// The last position folded into `table`; 0 for a new one.
  virtual result<log_position> checkpoint(std::string_view table) const = 0;

  virtual result<std::optional<std::string>>
  get(std::string_view table, std::string_view key) const = 0;

  /// Visits rows with from <= key and key beginning with `prefix`, in key
  /// order, as of the moment of the call, until `visit(key, value)` returns
  /// false.
  virtual result<void> scan(
      std::string_view table, std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit)
      const = 0;

  /// Deletes every row and the checkpoint of `table`.
  virtual result<void> clear(std::string_view table) = 0;
};

/// Opens `path`, made if it is missing. Rows that can't be opened because they
/// are damaged are set aside as `path`.damaged (one such copy is kept) and an
/// empty store is opened: they can be folded again.
/// @param read_only no lock and no write; sees what was written before.
/// @returns storage_locked: another process holds the folder; storage_full,
///          storage_failed: the disk; read_only: not_found, where there is no
///          store; corrupt, where it is damaged.
result<std::unique_ptr<row_store>>
open_row_store(const std::string& path, bool read_only = false);

std::unique_ptr<row_store> make_memory_row_store();

} // namespace hansard
