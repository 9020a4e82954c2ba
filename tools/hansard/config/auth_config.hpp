#pragma once

#include "http/auth/authenticator.hpp"
#include "tools/hansard/config/settings.hpp"

namespace hansard {

/// Whose cookies and tokens are accepted, out of the settings, the
/// environment's secrets and the files that they name. `environment` is as
/// ::getenv.
/// @returns invalid_request: the setting and what is wrong with it; a secret is
///          never repeated.
result<authentication_options>
read_authentication(const settings& s, char* (*environment)(const char*));

} // namespace hansard
