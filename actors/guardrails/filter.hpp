#pragma once

#include "actors/guardrails/window.hpp"
#include "events/batch.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace hansard {

/// A match in one of the texts of a turn.
struct guard_hit {
  guard_match match;
  guard_place place = guard_place::answer;
  std::uint32_t index = 0;
};

/// What a filter lets go.
struct filtered_tokens {
  /// As they are to be recorded: shown, withheld, substitutes.
  token_run tokens;
  std::vector<guard_hit> hits;
  /// The rule that ends the answer here: place in program->rules().
  std::optional<std::size_t> blocked_by;
};

/// The guardrails of one turn's text, between the model and the record.
///
///   tokens ─▶ window ─▶ decided? ──▶ shown, withheld and substitute tokens
///                │
///                └── undecided: held, at most program->longest() bytes
///                    and the token that they begin in
///
/// A token leaves, as it came and with the time at which it came, as soon as
/// no match can begin in it that is not known; it is cut only where a match
/// begins or ends. The answer and the reasoning are texts of their own; a
/// stretch of reasoning ends where the answer goes on. What is shown does not
/// depend on how the text is cut into tokens, nor when they come.
class guard_filter {
public:
  explicit guard_filter(std::shared_ptr<const guard_program> program);

  /// @pre not blocked.
  filtered_tokens push(const token_run& run);
  /// The text ends here: lets go of everything. @pre not blocked.
  filtered_tokens finish();

  const guard_program& program() const { return *program_; }

private:
  /// One text: answer or reasoning.
  class channel {
  public:
    channel(
        std::shared_ptr<const guard_program> program, guard_place place,
        token_channel said, token_channel withheld, token_channel substitute);

    void
    push(std::string_view text, const token_mark* first, std::size_t count);
    void finish() { window_.finish(); }
    bool holds() const { return !held_.empty(); }
    void release(const guard_program& program, filtered_tokens& out);
    /// Everything held becomes withheld.
    void withhold(token_run& out);

  private:
    void take_matches(const guard_program& program, filtered_tokens& out);
    void
    cut(const token_mark& token, const guard_program& program, token_run& out);
    std::string_view text_at(std::uint64_t from, std::uint64_t to) const;

    guard_window window_;
    guard_place place_;
    token_channel said_;
    token_channel withheld_;
    token_channel substitute_;
    std::deque<token_mark> held_;
    /// Of the held tokens; it begins at `from_` of the channel's text.
    std::string text_;
    std::uint64_t from_ = 0;
    /// Matches that mask, not begun yet.
    std::deque<guard_match> masks_;
    /// Everything before it is masked.
    std::uint64_t masked_until_ = 0;
    std::optional<std::uint64_t> blocked_at_;
  };

  void release(channel& from, filtered_tokens& out);

  std::shared_ptr<const guard_program> program_;
  channel answer_;
  channel reasoning_;
};

} // namespace hansard
