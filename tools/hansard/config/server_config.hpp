#pragma once

#include "actors/controller.hpp"
#include "http/server_options.hpp"
#include "tools/hansard/config/settings.hpp"

#include <cstddef>
#include <cstdint>

/// Settings as the parts of the program take them.
namespace hansard {

/// `threads`; 0: one a core.
std::size_t or_cores(std::uint64_t threads);

/// All but whom the server believes; see read_authentication().
/// @pre validate() took `s`.
server_options to_server_options(const settings& s);

controller_options to_controller_options(const settings& s);

} // namespace hansard
