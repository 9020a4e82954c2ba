#pragma once

#include "events/error.hpp"
#include "events/time.hpp"
#include "http/text/body_members.hpp"
#include "http/text/request_json.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

/// Bodies of requests as tables of their members. The table reads the body into
/// a struct, says which member is wrong, missing or not known, and lists the
/// members for whoever compares them with the documentation:
///
///   struct label_body { std::string label; bool loud = false; };
///   constexpr std::array label_members{
///       member<&label_body::label, printable<200>>("label").needed(),
///       member<&label_body::loud>("loud"),
///   };
///
/// A member that is not in the table is refused. Many members limit something
/// and may be left out: misspelt, one must not be one that is absent. Pure.
namespace hansard {

/// A member, for documentation.
struct member_info {
  std::string_view name;
  bool required = false;
};

/// A member of a body that is read into a `Body`.
template <class Body>
struct body_member {
  std::string_view name;
  /// `shown` is the name that errors say: "rules[2].name".
  result<void> (*read)(json_view value, std::string_view shown, Body& out);
  bool is_needed = false;
  bool takes_null = false;

  /// It must be there.
  constexpr body_member needed() const {
    auto out = *this;
    out.is_needed = true;
    return out;
  }
  /// null counts as absent.
  constexpr body_member or_null() const {
    auto out = *this;
    out.takes_null = true;
    return out;
  }
};

// Readers by the type of the field; the others are named in the table.

inline result<void>
read_value(json_view value, std::string_view shown, std::string& out) {
  return read_text(value, shown, out);
}
inline result<void>
read_value(json_view value, std::string_view shown, bool& out) {
  return read_flag(value, shown, out);
}
inline result<void>
read_value(json_view value, std::string_view shown, std::uint32_t& out) {
  return read_number(value, shown, out);
}

/// Text of 1 to `Most` printable characters.
template <std::size_t Most>
result<void>
printable(json_view value, std::string_view shown, std::string& out) {
  return read_printable(value, shown, 1, Most, out);
}
/// Text of at most `Most` printable characters.
template <std::size_t Most>
result<void>
printable_or_empty(json_view value, std::string_view shown, std::string& out) {
  return read_printable(value, shown, 0, Most, out);
}

namespace detail {

template <class T>
struct field_of;
template <class Body, class Value>
struct field_of<Value Body::*> {
  using body = Body;
  using value = Value;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

struct by_type {
  template <class T>
  result<void>
  operator()(json_view value, std::string_view shown, T& out) const {
    return read_value(value, shown, out);
  }
};

} // namespace detail

/// A member that is read into a field. An optional field is set with what
/// `Read` reads, unless it reads optionals itself.
template <auto Field, auto Read = detail::by_type{}>
constexpr auto member(std::string_view name) {
  using body = typename detail::field_of<decltype(Field)>::body;
  using value = typename detail::field_of<decltype(Field)>::value;
  constexpr bool inside =
      detail::is_optional<
          value> && (std::is_same_v<std::remove_cv_t<decltype(Read)>, detail::by_type> || !std::is_invocable_v<decltype(Read), json_view, std::string_view, value&>);
  return body_member<body>{
      name, [](json_view json, std::string_view shown, body& out) {
        if constexpr (inside)
          return Read(json, shown, (out.*Field).emplace());
        else
          return Read(json, shown, out.*Field);
      }};
}

namespace detail {

template <const auto& Table>
inline constexpr auto infos_of = [] {
  std::array<member_info, Table.size()> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = {Table[i].name, Table[i].is_needed};
  return out;
}();

} // namespace detail

/// The members of a table. They live as long as the program.
template <const auto& Table>
constexpr std::span<const member_info> members_of() {
  return detail::infos_of<Table>;
}

/// "scope: is not known; did you mean "scopes"?", of an object at `inside`
/// ("rules[2]."). Long names are cut.
error unknown_member(
    std::string_view inside, std::string_view name,
    std::span<const std::string_view> known);
error missing_member(std::string_view inside, std::string_view name);

/// Reads an object into `out`.
/// @param inside what errors say before a member's name, as "rules[2].".
/// @pre object.is(json_view::kind::object)
/// @returns invalid_request; the message names the member.
template <class Body, std::size_t N>
result<void> read_members(
    json_view object, const std::array<body_member<Body>, N>& table, Body& out,
    std::string_view inside = {}) {
  std::array<bool, N> seen{};
  result<void> read;
  object.each_member([&](std::string_view raw, json_view value) {
    auto name = json_view::unescape(raw);
    std::size_t i = 0;
    while (i < N && table[i].name != name)
      ++i;
    if (i == N) {
      std::array<std::string_view, N> known;
      for (std::size_t k = 0; k < N; ++k)
        known[k] = table[k].name;
      read = unknown_member(inside, name, known);
      return false;
    }
    if (table[i].takes_null && value.is(json_view::kind::null))
      return true;
    seen[i] = true;
    read = table[i].read(value, std::string(inside) + name, out);
    return read.has_value();
  });
  if (!read)
    return read;
  for (std::size_t i = 0; i < N; ++i)
    if (table[i].is_needed && !seen[i])
      return missing_member(inside, table[i].name);
  return {};
}

} // namespace hansard
