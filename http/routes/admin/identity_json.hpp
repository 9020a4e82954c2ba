#pragma once

#include "events/error.hpp"
#include "http/text/request_json.hpp"
#include "projections/directory/access.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Users, keys, grants, scopes and callers as the API writes and reads them.
/// Pure.
namespace hansard {

/// @param text the key itself where it is shown, the one time; else empty.
void append_json(
    std::string& out, const key_record& key, std::string_view text);

void append_json(std::string& out, const user_record& user);
void append_json(std::string& out, const grant_record& grant);

/// Who is calling, and what they showed.
void append_json(
    std::string& out, const principal& who,
    const std::optional<user_record>& user);

std::optional<user_role> role_named(std::string_view name);

/// A list with at least one of the scopes' names. @returns invalid_request.
result<void> read_scopes(json_view value, scope_set& out);

} // namespace hansard
