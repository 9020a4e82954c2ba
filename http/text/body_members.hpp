#pragma once

#include "events/error.hpp"
#include "events/time.hpp"
#include "http/text/request_json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Members of JSON bodies, one by one. Pure, but for the clock.
namespace hansard {

/// Readers of members that may be absent: `out` keeps its value where the
/// member is. They return invalid_request with the member's name.
result<void>
read_text(json_view value, std::string_view member, std::string& out);
/// Of `least` (0 or 1) to `most` printable characters.
result<void> read_printable(
    json_view value, std::string_view member, std::size_t least,
    std::size_t most, std::string& out);
result<void> read_flag(json_view value, std::string_view member, bool& out);
result<void>
read_number(json_view value, std::string_view member, std::uint32_t& out);
/// ISO 8601 with a zone, and not over yet.
result<void> read_future_time(
    json_view value, std::string_view member, std::optional<timestamp>& out);

error wrong_member(std::string_view member, std::string_view what);

} // namespace hansard
