#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

struct request_head;

/// Longer credentials are not looked at.
inline constexpr std::size_t max_credential_bytes = 64 * 1024;

/// True where a key or token is shown on purpose, good or bad: in
/// `Authorization: Bearer …` or `x-api-key`. Other schemes (Basic, Negotiate,
/// Digest) show nothing to Hansard: browsers send them on their own where a
/// proxy asked for them.
bool shows_credential(const request_head& head);

/// The key or token in `Authorization: Bearer …` (RFC 6750 §2.1) or
/// `x-api-key`; nullopt: neither is there, or both are and differ.
std::optional<std::string_view> credential_of(const request_head& head);

/// SHA-256 of a key's text, as keys are stored.
std::array<std::uint8_t, 32> key_digest(std::string_view key);

} // namespace hansard
