#pragma once

#include "tools/hansard/config/config.hpp"
#include "tools/hansard/exit_code.hpp"

#include <optional>
#include <string>

namespace hansard {

/// `hansard serve`: builds the server from its parts, in order, and runs it
/// until SIGTERM or SIGINT; the second one ends it at once. Prints
/// `listening on URL` on stdout once it is ready. SIGHUP reads the
/// configuration anew.
/// @param sources where `c` came from.
/// @param admin_key what HANSARD_ADMIN_KEY says.
exit_code serve(
    const config& c, config_sources sources,
    const std::optional<std::string>& admin_key);

} // namespace hansard
