#pragma once

#include "events/error.hpp"

#include <sys/stat.h>

#include <cstddef>
#include <functional>
#include <string>

namespace hansard {

/// Reads a file whole, as it is at one moment. What is no regular file is
/// refused without being read: to open a FIFO would wait for a writer for ever.
/// Messages are about the file and do not name it ("can't be opened; …").
/// @param check looks at the file once it is open, so that what was checked is
///        what is read; nullptr: nothing to check.
/// @returns not_found; too_large: over `max_bytes`; storage_failed; what
///          `check` returns.
result<std::string> read_regular_file(
    const std::string& path, std::size_t max_bytes,
    const std::function<result<void>(const struct stat&)>& check = nullptr);

} // namespace hansard
