#pragma once

#include <cstddef>
#include <string>

namespace hansard {

/// Escapes U+2028, U+2029 and U+0085 in the JSON text behind `from`. JSON lets
/// them stand in a string, and readers that split at whatever Unicode calls a
/// line (Python's splitlines, httpx's iter_lines) would cut the line there.
/// Pure.
/// @pre The JSON is valid: they stand in strings alone.
void escape_line_separators(std::string& json, std::size_t from = 0);

} // namespace hansard
