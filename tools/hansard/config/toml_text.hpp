#pragma once

#include <boost/json/value.hpp>
#include <toml++/toml.h>

#include <string>
#include <string_view>
#include <vector>

/// Words about TOML, for what the configuration's readers say.
namespace hansard {

/// A TOML string in quotes.
std::string quoted(std::string_view text);

/// "hansard.toml:12", or without the line.
std::string place(
    std::string_view source, bool has_lines, const toml::source_region& where);

/// What a node is, in words: "a string".
std::string_view kind_of(const toml::node& node);

/// TOML as JSON. `trouble` tells what has no counterpart there, such as a
/// date; else it is left alone.
boost::json::value to_json(const toml::node& node, std::string& trouble);

/// JSON as an inline TOML value; null, which TOML lacks, as an empty string.
std::string to_toml(const boost::json::value& value);

} // namespace hansard
