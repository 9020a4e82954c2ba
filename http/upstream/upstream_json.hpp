#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace hansard {

/// Parses a stranger's JSON in the calling thread's scratch memory, without an
/// allocation unless the text is large.
/// Invalid UTF-8 passes, and an escaped surrogate without its other half
/// becomes the three bytes that stand for it: repair what you take
/// (utf8_joiner).
/// NaN and Infinity are read as null.
/// @returns nullptr: not JSON, or nested deeper than 32. The value lives until
///          the next call on this thread.
const boost::json::value* parse_upstream_json(std::string_view text);

/// The member of an object; nullptr when there is none, or null.
const boost::json::value*
find_member(const boost::json::object& object, std::string_view name);
const boost::json::object*
find_object(const boost::json::object& object, std::string_view name);
const boost::json::array*
find_array(const boost::json::object& object, std::string_view name);
/// Empty when there is none. Not repaired.
std::string_view
find_text(const boost::json::object& object, std::string_view name);

} // namespace hansard
