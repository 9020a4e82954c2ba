#pragma once

#include "tools/hansard/config/config.hpp"
#include "tools/hansard/exit_code.hpp"

#include <string>
#include <vector>

namespace hansard {

/// What this machine lacks of what the configuration names: files of the
/// certificate that can't be read. @returns invalid_request.
result<void> check_machine(const config& c);

/// What may be meant, and is worth a word: keys of agents that are not in the
/// environment, variables that nobody reads.
std::vector<std::string> warnings_of(const config& c);

/// `hansard config check`: prints the effective configuration.
exit_code check_config(const config& c);

} // namespace hansard
