#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Small questions about text from outside. Pure; any thread.
namespace hansard {

/// True for valid UTF-8 (RFC 3629); also for an empty text.
bool is_utf8(std::string_view text);

/// At most `max_bytes` of valid UTF-8 from the front, whole code points.
std::string cut_utf8(std::string_view text, std::size_t max_bytes);

/// True for valid UTF-8 (RFC 3629) of 1 to `max_characters` code points, none
/// of them a control character: what ids and names from outside must be.
bool is_printable(std::string_view text, std::size_t max_characters);

/// True for 1 to `max_bytes` of printable ASCII: what may be copied into a
/// header.
bool is_header_safe(std::string_view text, std::size_t max_bytes);

/// "INVALID_REQUEST" for "invalid_request": an `ec` as the API writes it.
std::string to_upper(std::string_view text);

/// True when both are equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

} // namespace hansard
