#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Small questions about text from outside. Pure; any thread.
namespace hansard {

/// True for valid UTF-8 (RFC 3629) of 1 to `max_characters` code points, none
/// of them a control character: what ids and names from outside must be.
bool is_printable(std::string_view text, std::size_t max_characters);

/// True for 1 to `max_bytes` of printable ASCII: what may be copied into a
/// header.
bool is_header_safe(std::string_view text, std::size_t max_bytes);

/// `text` without the `space` around it; what HTTP allows around a value
/// (RFC 9110, OWS), where nothing else is said.
std::string_view trimmed(std::string_view text, std::string_view space = " \t");

/// "INVALID_REQUEST" for "invalid_request": an `ec` as the API writes it.
std::string to_upper(std::string_view text);

/// True when both are equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

} // namespace hansard
