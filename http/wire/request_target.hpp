#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// What is wrong with where a request goes, in words for its sender: a target
/// that is neither a path nor a URL of this server, a Host that two readers
/// could understand differently, a target that goes elsewhere than Host
/// (RFC 9112 §3.2), bytes in disguise that no id has. nullopt: nothing.
/// @param host of the Host field; nullopt: it is not there, as HTTP/1.0 may.
/// Pure.
std::optional<std::string> complaint_about_target(
    std::string_view target, std::optional<std::string_view> host);

/// The target with what RFC 3986 §3.4 keeps out of a query, and clients send in
/// one as it is (`[`, `|`, `^`, raw UTF-8, a `%` that escapes nothing),
/// percent-encoded. All else stays.
std::string escape_query(std::string_view target);

} // namespace hansard
