#pragma once

#include "events/error.hpp"

#include <string>

namespace hansard {

/// Reads a secret from a file, or from stdin for "-", as read_input() does. On
/// a terminal it asks for one line and shows nothing of what is typed.
/// @param what What is asked for: "API key".
/// @returns invalid_request: it can't be read, is too long, or the person at
///          the terminal gave up.
result<std::string>
read_secret_input(const std::string& path, const std::string& what);

} // namespace hansard
