#pragma once

#include <boost/json/object.hpp>

#include <filesystem>

namespace hansard::benchmark {

/// What the figures were measured on: cores, processor, memory, kernel, commit,
/// file system, and the p50 and p99 of a 4 KiB write with fdatasync in
/// `folder`, measured now. Throws std::system_error.
boost::json::object describe_machine(const std::filesystem::path& folder);

} // namespace hansard::benchmark
