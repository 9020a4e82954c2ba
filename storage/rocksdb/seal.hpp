#pragma once

#include "storage/anchor/anchor.hpp"
#include "storage/event_log.hpp"
#include "storage/rocksdb/stream_reader.hpp"

#include <string>
#include <vector>

namespace hansard::detail {

/// One sealed record and the frames that it replaces.
struct sealed_replacement {
  /// The row of the sealed record, which is also that of its first frame.
  stream_row row;
  log_position last_position;
  std::string record;
  /// The other frames.
  std::vector<stream_row> dropped;
  bool has_gaps = false;
};

/// What prepare_seal() gives for a log on disk.
struct rocksdb_seal final : prepared_seal {
  store_id store{};
  stream_id stream;
  /// The rows of `unsealed` that it settles. Rows of the log change only
  /// together with these: while they are all there, the seal fits.
  std::vector<stream_version> turns;
  std::vector<sealed_replacement> replacements;
};

/// event_log::prepare_seal().
result<std::unique_ptr<prepared_seal>> prepare_seal(
    const store_view& view, const store_id& store, const stream_id& stream);

} // namespace hansard::detail
