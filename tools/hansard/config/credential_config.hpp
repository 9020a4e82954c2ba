#pragma once

#include "actors/secrets/credential_vault.hpp"
#include "tools/hansard/config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// Holds the key of provider credentials where no setting names another.
inline constexpr std::string_view credentials_key_variable =
    "HANSARD_CREDENTIALS_KEY";

/// One a line; more is no file of keys.
inline constexpr std::size_t max_credential_keys = 16;

/// The keys that provider credentials are kept with: of the file, then of the
/// variables. None: there is no file and no variable.
/// @param environment as ::getenv.
/// @returns invalid_request: a key that can't be one, or a file that can't be
///          read or that others can read; the message names the setting, and
///          never a key.
result<credential_keys>
read_credential_keys(const settings& s, char* (*environment)(const char*));

/// For an operator, a line each: credentials that none of the keys opens.
std::vector<std::string> unusable_credentials(const credential_vault& vault);

} // namespace hansard
