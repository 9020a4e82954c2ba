#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace hansard {

/// What a credential may be used for, whoever's it is. Persisted as bits; do
/// not change existing values.
enum class scope : std::uint8_t {
  /// Chat, and stop, rename and resume one's own.
  chat = 1,
  /// Read sessions.
  read = 2,
  /// Read sessions of others and the audit routes, where the role allows it.
  audit = 4,
  /// Administer, where the role allows it.
  admin = 8,
};

/// Any of `scope`.
using scope_set = std::uint8_t;
inline constexpr scope_set all_scopes = 15;

constexpr scope_set operator|(scope a, scope b) {
  return static_cast<scope_set>(
      static_cast<scope_set>(a) | static_cast<scope_set>(b));
}
constexpr bool holds(scope_set set, scope one) {
  return (set & static_cast<scope_set>(one)) != 0;
}

/// The names of the members, in the order above.
inline std::vector<std::string_view> names_of(scope_set set) {
  std::vector<std::string_view> names;
  if (holds(set, scope::chat))
    names.emplace_back("chat");
  if (holds(set, scope::read))
    names.emplace_back("read");
  if (holds(set, scope::audit))
    names.emplace_back("audit");
  if (holds(set, scope::admin))
    names.emplace_back("admin");
  return names;
}

/// 0: there is no such scope.
constexpr scope_set scope_named(std::string_view name) {
  if (name == "chat")
    return static_cast<scope_set>(scope::chat);
  if (name == "read")
    return static_cast<scope_set>(scope::read);
  if (name == "audit")
    return static_cast<scope_set>(scope::audit);
  if (name == "admin")
    return static_cast<scope_set>(scope::admin);
  return 0;
}

} // namespace hansard
