#pragma once

#include <string>

namespace hansard {

/// Where the repository is: for tests that read its files.
std::string source_dir();

} // namespace hansard
