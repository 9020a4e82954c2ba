#pragma once

#include "events/error.hpp"
#include "storage/event_log.hpp"
#include "storage/format/record.hpp"
#include "storage/rocksdb/store.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace hansard::detail {

/// A row of `streams`.
struct stream_row {
  stream_version first_version;
  log_position position;
  std::uint64_t count = 0;

  stream_version last_version() const {
    return {first_version.value + count - 1};
  }
};

std::string to_row_value(const stream_row& row);
result<stream_row>
stream_row_from(std::string_view key, std::string_view value);

/// The row that `version` of `stream` is in or, where there is none, the last
/// one before it. nullopt: no row at or before it.
result<std::optional<stream_row>> find_stream_row(
    const store_view& view, const stream_id& stream, stream_version version);

/// A record with where it lies.
struct stored_record {
  log_position position;
  std::size_t stored_bytes = 0;
  record_view record;
};

/// Return false to stop, or an error to give up with.
using record_visitor = std::function<result<bool>(const stored_record&)>;

/// Visits the records that hold events of `stream` with version >= from, in
/// order; the first may begin before `from`.
/// @returns corrupt: a version is missing, or a record is not what its row
///          says.
result<void> visit_records(
    const store_view& view, const stream_id& stream, stream_version from,
    const record_visitor& visit);

/// event_log::read_stream().
result<void> read_stream(
    const store_view& view, const stream_id& stream, stream_version from,
    const batch_visitor& visit);

} // namespace hansard::detail
