#pragma once

#include "actors/guardrails/program.hpp"

#include <re2/re2.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

/// The inside of guard_program, for those that run it.
namespace hansard {

/// One pattern of a rule. Positions are bytes in the text given, of which
/// [0, from) is context: what \b and ^ see before the place.
class guard_matcher {
public:
  struct span {
    std::size_t begin;
    std::size_t end;
  };
  using accept_function = std::size_t (*)(std::string_view);

  /// @param longest bytes; the pattern's own bound counts where it is smaller.
  static result<guard_matcher> make(
      std::size_t rule, std::string_view pattern, std::size_t longest,
      accept_function accept);

  std::size_t rule() const { return rule_; }
  std::size_t longest() const { return longest_; }
  const std::string& pattern() const { return whole_->pattern(); }
  const std::string& prefixes() const { return prefixes_->pattern(); }

  /// The first match that begins in [from, before).
  std::optional<span>
  find(std::string_view text, std::size_t from, std::size_t before) const;

  /// The first place from `from` on where a match may begin that the end of
  /// `text` cuts; text.size(): none.
  std::size_t first_open(std::string_view text, std::size_t from) const;

private:
  guard_matcher() = default;
  std::optional<span> leftmost(std::string_view text, std::size_t from) const;

  std::size_t rule_ = 0;
  std::size_t longest_ = 0;
  accept_function accept_ = nullptr;
  std::unique_ptr<re2::RE2> whole_;
  /// Anchored at the end.
  std::unique_ptr<re2::RE2> prefixes_;
};

struct guard_program::impl {
  std::vector<guard_rule> rules;
  std::vector<guard_matcher> matchers;
  std::size_t longest = 0;
  /// The smallest `longest` of the matchers.
  std::size_t shortest_bound = 0;
  /// All matchers' patterns in one, and all their prefixes: most text is done
  /// with after a look at these. nullptr where they are too large together.
  std::unique_ptr<re2::RE2> any_whole;
  std::unique_ptr<re2::RE2> any_prefix;
};

} // namespace hansard
