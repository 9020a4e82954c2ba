#pragma once

#include <boost/json/object.hpp>

#include <filesystem>

namespace hansard::benchmark {

/// What the figures were measured on: cores, processor, memory, kernel, commit,
/// file system; and, measured now, the p50 and p99 of a 4 KiB write with
/// fdatasync in `folder`, and how busy the machine is with other things (0 to
/// 1). Throws std::system_error.
boost::json::object describe_machine(const std::filesystem::path& folder);

} // namespace hansard::benchmark
