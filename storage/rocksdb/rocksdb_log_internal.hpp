#pragma once

#include "storage/event_log.hpp"

#include <memory>
#include <string>

namespace rocksdb {
class Env;
}

namespace hansard::detail {

/// open_rocksdb_event_log() on another Env: how tests put faults between the
/// log and the disk. `env` outlives the log.
result<std::unique_ptr<event_log>>
open_rocksdb_event_log(const rocksdb_log_options& options, rocksdb::Env* env);

/// The file that holds the anchor of the log in folder `path`.
std::string anchor_path(const std::string& path);

} // namespace hansard::detail
