#pragma once

#include "events/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// What a pattern's structure tells of its matches.
struct pattern_shape {
  /// A pattern of every text that more text could make a match: the proper
  /// prefixes of the matches. It may match more than those, never less.
  std::string prefixes;
  /// Bytes, in UTF-8; an upper bound. nullopt: there is none.
  std::optional<std::size_t> longest;
  /// Bytes; a lower bound.
  std::size_t shortest = 0;
};

/// Reads a pattern in RE2's syntax (github.com/google/re2/wiki/Syntax). RE2
/// does not tell whether a text may become a match, so that is made of the
/// pattern itself:
///
///   P(c) = ε   P(xy) = P(x) | x P(y)   P(x|y) = P(x) | P(y)
///   P(x{n,m}) = x{0,m-1} P(x)   P(\b) = P(^) = P($) = ε
///
/// @returns invalid_request: not a pattern, or one with \C or with flags
///          elsewhere than at the beginning of a group.
result<pattern_shape> analyse_pattern(std::string_view pattern);

} // namespace hansard
