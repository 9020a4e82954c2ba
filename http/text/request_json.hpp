#pragma once

#include "events/error.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// Reading JSON from outside without building a tree of it: the text is checked
/// once, then looked at in place, so that a value can be kept as the very bytes
/// that arrived and a hostile body costs no more memory than its own size.
namespace hansard {

struct json_limits {
  /// Objects and arrays inside each other.
  std::size_t max_depth = 64;
  /// Members of one object.
  std::size_t max_members = 10'000;
  /// Elements of one array.
  std::size_t max_elements = 100'000;
};

/// Checks that `text` is one JSON value (RFC 8259) in valid UTF-8 with nothing
/// behind it, within `limits`, and that no object says a member twice.
/// @returns invalid_request; the message names the member, as in
///          messages[2].role.
result<void> check_json(std::string_view text, const json_limits& limits = {});

/// A value inside a text that check_json() accepted, which must outlive it.
class json_view {
public:
  enum class kind { object, array, string, number, boolean, null };

  /// @pre check_json() accepted `text`.
  explicit json_view(std::string_view text);

  kind type() const;
  bool is(kind k) const { return type() == k; }
  /// The bytes of the value, without space around it.
  std::string_view text() const { return text_; }

  /// A string's value, unescaped. @pre is(kind::string)
  std::string string() const;
  /// A number's value, if it is an integer of 0 to 2^63 - 1.
  std::optional<std::uint64_t> unsigned_integer() const;
  bool truth() const { return text_ == "true"; }

  /// Takes a member: its name as written (raw, with quotes) and its value.
  /// Return false to stop.
  using member_visitor = std::function<bool(std::string_view, json_view)>;
  using element_visitor = std::function<bool(json_view)>;
  /// @pre is(kind::object)
  void each_member(const member_visitor& visit) const;
  /// @pre is(kind::array)
  void each_element(const element_visitor& visit) const;

  /// The value of a string as it stands in JSON text, with quotes.
  static std::string unescape(std::string_view quoted);

private:
  std::string_view text_;
};

} // namespace hansard
