#pragma once

#include "http/text/request_json.hpp"
#include "projections/directory/access.hpp"

#include <string>
#include <string_view>

/// API keys and their scopes as the API writes and reads them. Pure.
namespace hansard {

/// @param text the key itself where it is shown, the one time; else empty.
void append_json(
    std::string& out, const key_record& key, std::string_view text);

/// A list with at least one of the scopes' names.
/// @returns invalid_request, naming `member`.
result<void>
read_scopes(json_view value, std::string_view member, scope_set& out);

} // namespace hansard
