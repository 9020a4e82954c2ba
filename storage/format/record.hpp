#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"
#include "storage/format/sealed_columns.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// One row of the log: what one append wrote, or the frames of a sealed run.
/// FORMAT.md has the bytes. Pure; any thread.
namespace hansard::detail {

/// Persisted; do not change existing values.
enum class record_kind : std::uint8_t { batch = 1, sealed = 2 };

/// A record's envelope, checked; `body` points into the record.
struct record_view {
  record_kind kind = record_kind::batch;
  stream_id stream;
  stream_version first_version;
  /// Events, each token counted.
  std::uint64_t count = 0;
  std::string_view body;
};

/// The bytes of a record stored at `position`, checksum included.
std::string write_record(const record_view& record, log_position position);

/// Checks the checksum and reads the envelope.
/// @returns corrupt: not a record that was written for this position.
result<record_view> read_record(std::string_view bytes, log_position position);

/// Reads the body too. A sealed record gives one token run, with a position
/// segment for each stretch of positions without a gap.
result<event_batch>
decode_record(const record_view& record, log_position position);

} // namespace hansard::detail
