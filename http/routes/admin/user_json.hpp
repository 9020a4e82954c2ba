#pragma once

#include "http/text/request_json.hpp"
#include "projections/directory/access.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Users, roles and callers as the API writes and reads them. Pure.
namespace hansard {

void append_json(std::string& out, const user_record& user);

/// Who is calling, and what they showed.
void append_json(
    std::string& out, const principal& who,
    const std::optional<user_record>& user);

std::optional<user_role> role_named(std::string_view name);

/// @returns invalid_request, naming `member`.
result<void>
read_role(json_view value, std::string_view member, user_role& out);

} // namespace hansard
