#pragma once

#include "storage/anchor/anchor.hpp"
#include "storage/event_log.hpp"
#include "storage/rocksdb/head_cache.hpp"
#include "storage/rocksdb/seal.hpp"
#include "storage/rocksdb/store.hpp"

#include <rocksdb/write_batch.h>

#include <cstddef>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace hansard::detail {

/// Judges the requests of one append() and stages those that are taken in one
/// WriteBatch. Nothing is visible, or changed in the requests, before
/// publish(). One thread.
class append_group {
public:
  append_group(
      const rocksdb_store& store, const store_id& id, head_cache& heads,
      log_mark head);

  /// Stages a request.
  /// @returns where its last event will be, or why it is not taken.
  result<log_position> add(const append_request& request);

  /// Stages a seal, or drops one that no longer fits.
  result<void> add(const prepared_seal* prepared);

  bool empty() const { return batch_.Count() == 0; }
  /// Writes what is staged: synced if there are events.
  rocksdb::Status write();

  /// After a write: tells the batches where they are.
  void publish();
  /// The log's end, once this group is written.
  log_mark head() const { return head_; }

private:
  struct staged {
    event_batch* batch;
    stream_version first_version;
    position_segment positions;
  };

  result<stream_version> version_of(const stream_id& stream);
  result<bool> fits(const rocksdb_seal& seal) const;
  void put(family f, std::string_view key, std::string_view value);
  void remove(family f, std::string_view key);
  void put_open_turns(const event_batch& batch, stream_version first_version);

  const rocksdb_store& store_;
  const store_id& id_;
  head_cache& heads_;
  log_mark head_;
  rocksdb::WriteBatch batch_;
  /// The first failure of a Put into the batch.
  rocksdb::Status staging_;
  /// Versions of the streams that this group writes.
  std::unordered_map<stream_id, stream_version> versions_;
  std::unordered_set<stream_id> sealed_;
  std::vector<staged> staged_;
};

} // namespace hansard::detail
