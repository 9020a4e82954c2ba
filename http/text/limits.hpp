#pragma once

#include <cstddef>

/// Limits that several bodies and routes share.
namespace hansard {

/// Ids of agents and users: at most so many characters, all printable.
inline constexpr std::size_t max_did_characters = 256;

} // namespace hansard
