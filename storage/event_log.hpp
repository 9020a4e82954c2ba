#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"
#include "events/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hansard {

/// What a writer believes of a stream before it appends.
struct expected_version {
  /// The version of the stream's last event; 0: the stream does not exist.
  std::uint64_t value = 0;

  static expected_version no_stream() { return {0}; }
  static expected_version exactly(stream_version v) { return {v.value}; }
};

/// One atomic append to one stream.
struct append_request {
  expected_version expected;
  /// Stream and items, at least one event. On success the log fills in
  /// first_version and positions; from then on nobody may change it.
  std::shared_ptr<event_batch> batch;
  /// encode_items(*batch), made by the writer on its own thread so that the
  /// committer need not.
  std::string encoded;
};

/// The items of a batch as storage keeps them (FORMAT.md). Pure; any thread.
std::string encode_items(const event_batch& batch);

/// A turn that has ended, its token frames rewritten into sealed records;
/// opaque outside storage.
struct prepared_seal {
  virtual ~prepared_seal() = default;
};

/// Takes what is read, in order. Return false to stop.
using batch_visitor = std::function<bool(batch_ptr)>;

/// The one door to disk: an append-only, totally ordered log of events in
/// streams. Each implementation passes tests/storage/event_log_contract.
///
/// Threads: append() from one thread at a time (the journal's). Everything
/// else from any thread, also during an append; readers see whole appends only.
/// Nothing throws.
class event_log {
public:
  virtual ~event_log() = default;

  /// Makes a group of appends durable with one synced write. Each is judged on
  /// its own, in order, so that two requests on one stream may follow each
  /// other in a group: `outcomes[i]` is the position of the last event of
  /// `requests[i]`, or why it was not taken, with nothing of it written:
  ///   wrong_expected_version  details: "actual" has the stream's version;
  ///   too_large               more than max_append_bytes encoded;
  ///   storage_failed          the write failed now or before. Of a failed
  ///                           write it is unknown whether it will be seen
  ///                           after a restart; the log takes nothing more.
  /// `seals` go into the same write (they alone do not need the sync). A seal
  /// that no longer fits is dropped.
  /// @pre requests.size() == outcomes.size().
  virtual void append(
      std::span<append_request> requests,
      std::span<result<log_position>> outcomes,
      std::span<const std::unique_ptr<prepared_seal>> seals = {}) = 0;

  /// Version of a stream's last event; 0 if there is no such stream.
  virtual result<stream_version> version_of(const stream_id& stream) const = 0;

  /// Visits the events of `stream` with version >= from, in order, as of the
  /// moment of the call. A batch may begin in the middle of what one append
  /// wrote. A stream that does not exist has no events.
  virtual result<void> read_stream(
      const stream_id& stream, stream_version from,
      const batch_visitor& visit) const = 0;

  /// Visits the events of the whole log with position >= from, in the order of
  /// their positions, as of the moment of the call. Memory: the sealed turns
  /// that were running at one moment, at most.
  virtual result<void>
  read_all(log_position from, const batch_visitor& visit) const = 0;

  /// Position of the last durable event; 0 for an empty log.
  virtual log_position head() const noexcept = 0;

  /// Visits each session stream whose last turn has not ended, or has ended
  /// and is not sealed yet: what a start-up has to look at.
  virtual result<void>
  visit_unsealed(const std::function<bool(stream_id)>& visit) const = 0;

  /// Rewrites the frames of the ended turns of `stream` into sealed records.
  /// Reads and compresses on the calling thread; hand the result to append().
  /// nullptr: nothing to seal (the turn runs on, or is sealed).
  virtual result<std::unique_ptr<prepared_seal>>
  prepare_seal(const stream_id& stream) const = 0;

  /// True once a write has failed: nothing more is accepted.
  virtual bool failed() const noexcept = 0;

  /// Bytes that the disk has left for the log; nullopt: unknown or unbounded.
  virtual std::optional<std::uint64_t> free_bytes() const = 0;
};

inline constexpr std::size_t max_append_bytes = 32 * 1024 * 1024;

struct rocksdb_log_options {
  /// Folder of the database; made if it is missing (its parent too).
  std::string path;
  /// Memory for cached blocks.
  std::size_t block_cache_bytes = 64 * 1024 * 1024;
  /// Files that RocksDB keeps open; descriptors are needed for clients.
  int max_open_files = 128;
  /// No lock and no write: for a folder that no server holds.
  bool read_only = false;
};

/// Opens, recovers and checks a log on disk.
/// @returns storage_locked: another process holds the folder; format_too_new:
///          written by a newer Hansard; corrupt: what is there is not what was
///          acknowledged (names the file); storage_failed: the disk.
result<std::unique_ptr<event_log>>
open_rocksdb_event_log(const rocksdb_log_options& options);

/// A log in memory: for tests and dry runs. Passes the same contract suite.
std::unique_ptr<event_log> make_memory_event_log();

} // namespace hansard
