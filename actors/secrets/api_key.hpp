#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hansard {

/// A new API key: "hsd_", 26 random base62 characters (154 bits), then 6 that
/// check them, so that a mistyped or cut key is known without a look-up.
std::string make_api_key();

/// Whether `text` has the form and the check characters of make_api_key().
bool is_well_formed_api_key(std::string_view text);

/// SHA-256 (FIPS 180-4): the form in which keys are stored and looked up.
std::array<std::uint8_t, 32> sha256(std::string_view text);

} // namespace hansard
