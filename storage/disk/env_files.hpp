#pragma once

#include "events/error.hpp"

#include <rocksdb/env.h>

#include <optional>
#include <string>
#include <string_view>

/// Small whole files through RocksDB's Env, so that what tests inject there
/// holds for them too.
namespace hansard::detail {

/// nullopt: there is none. @returns storage_failed.
result<std::optional<std::string>>
read_file(rocksdb::Env& env, const std::string& path);

/// Puts `content` in the place of what was there, atomically and durably: by a
/// synced temporary file, a rename and a sync of the folder.
rocksdb::Status replace_file(
    rocksdb::Env& env, const std::string& path, std::string_view content);

/// Makes a folder and those above it that are missing, durably.
rocksdb::Status make_folders(rocksdb::Env& env, const std::string& path);

/// The folder that `path` lies in; "." for a bare name.
std::string folder_of(const std::string& path);

} // namespace hansard::detail
