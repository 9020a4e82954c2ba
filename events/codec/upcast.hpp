#pragma once

#include "events/event.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hansard {

/// Reads a payload of an older schema and gives the newest shape of the event.
/// nullopt: no such schema was ever released.
/// @throws malformed_payload (codec.cpp catches it).
std::optional<event>
upcast(std::uint16_t type, std::uint16_t schema, std::string_view payload);

} // namespace hansard
