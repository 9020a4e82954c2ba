#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// Base64url without padding (RFC 4648 §5), in its one canonical form: bits
/// that stand for nothing must be zero. nullopt: it is not.
std::optional<std::string> from_base64url(std::string_view text);
std::string to_base64url(std::string_view bytes);

} // namespace hansard
