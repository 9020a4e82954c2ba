#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

/// What the server said, as a person reads it in a terminal. Pure.
namespace hansard {

/// What came from outside, on one line: control characters, and those that
/// turn the direction of writing, as \x1b or \u202e, so that nobody's display
/// name moves the cursor or rewrites the line before it. Bytes that are no
/// UTF-8 are escaped too.
std::string terminal_text(std::string_view text);

/// A JSON value in one cell: texts without quotes, null as "-", arrays of texts
/// with commas, all else as JSON.
/// @param most Columns; what is longer ends in "…". 0: all of it.
std::string cell_text(const boost::json::value& value, std::size_t most = 0);

/// One line an element, under a line of the columns' names.
/// @param rows Elements that are no objects are left out.
std::string table_text(
    const boost::json::array& rows, std::span<const std::string> columns);

/// "name: value", a line a member.
std::string record_text(const boost::json::object& record);

} // namespace hansard
