#pragma once

#include <cstdint>
#include <filesystem>

namespace hansard::benchmark {

/// Bytes of the event log's files in a data folder, the projections left out.
/// Throws std::filesystem::filesystem_error.
std::uint64_t log_bytes(const std::filesystem::path& data);

/// Does to the log of a stopped server what RocksDB does in its own time:
/// flushes the write-ahead log and compacts everything. With the options that
/// the server left beside its files. Throws std::runtime_error.
void compact_log(const std::filesystem::path& data);

} // namespace hansard::benchmark
