#include "tests/support/source_dir.hpp"

namespace hansard {

std::string source_dir() { return HANSARD_SOURCE_DIR; }

} // namespace hansard
