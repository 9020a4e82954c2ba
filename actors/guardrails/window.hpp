#pragma once

#include "actors/guardrails/program.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// Finds a program's matches in a text that comes in pieces: the same matches
/// as in the whole text at once, each as soon as nothing that may follow could
/// change it. Holds at most program->longest() bytes of undecided text.
class guard_window {
public:
  explicit guard_window(std::shared_ptr<const guard_program> program);

  /// @param text follows what was pushed before; ends between characters.
  void push(std::string_view text);
  /// Nothing follows: what is left is decided. A push after it begins a new
  /// text, its offsets going on from this one's.
  void finish();

  /// Every match that begins before this offset is known.
  std::uint64_t decided() const { return base_ + hold_; }

  /// The matches that begin before decided() and were not taken yet, by
  /// offset, then by rule.
  std::vector<guard_match> take();

private:
  void decide(bool final);
  bool nothing_there(bool final);
  void move_to(std::size_t hold);

  std::shared_ptr<const guard_program> program_;
  /// Text from `base_` on: a character of context, if there is any, and what
  /// is undecided.
  std::string text_;
  std::uint64_t base_ = 0;
  /// In `text_`: where the undecided begins.
  std::size_t hold_ = 0;
  /// Each matcher's place; it may be beyond `hold_`.
  std::vector<std::uint64_t> places_;
  std::vector<guard_match> found_;
};

} // namespace hansard
