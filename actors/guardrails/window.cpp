#include "actors/guardrails/window.hpp"

#include "actors/guardrails/matcher.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace hansard {

using re2::RE2;
using re2::StringPiece;

guard_window::guard_window(std::shared_ptr<const guard_program> program)
    : program_(std::move(program)),
      places_(program_->parts().matchers.size(), 0) {}

void guard_window::push(std::string_view text) {
  text_ += text;
  decide(false);
}

void guard_window::finish() {
  decide(true);
  // What follows is another text: \b and ^ must not see this one.
  base_ += text_.size();
  text_.clear();
  hold_ = 0;
}

/// Most text has no match and nothing that could become one but at its very
/// end: two looks tell that.
bool guard_window::nothing_there(bool final) {
  const auto& parts = program_->parts();
  if (!parts.any_whole || !parts.any_prefix)
    return false;
  StringPiece all{text_};
  if (parts.any_whole->Match(
          all, hold_, text_.size(), RE2::UNANCHORED, nullptr, 0))
    return false;
  if (final) {
    move_to(text_.size());
    return true;
  }
  auto from = hold_;
  if (text_.size() - from > parts.longest)
    from = text_.size() - parts.longest;
  StringPiece open;
  auto place = text_.size();
  if (parts.any_prefix->Match(
          all, from, text_.size(), RE2::UNANCHORED, &open, 1))
    place = static_cast<std::size_t>(open.data() - text_.data());
  // Further back than this, a pattern with a smaller bound is decided.
  if (text_.size() - place > parts.shortest_bound)
    return false;
  move_to(place);
  return true;
}

void guard_window::decide(bool final) {
  if (hold_ == text_.size() || nothing_there(final))
    return;
  const auto& matchers = program_->parts().matchers;
  auto hold = text_.size();
  for (std::size_t i = 0; i < matchers.size(); ++i) {
    const auto& matcher = matchers[i];
    std::string_view text{text_};
    auto place = std::max<std::uint64_t>(places_[i], base_ + hold_) - base_;
    auto open = final ? text.size() : matcher.first_open(text, place);
    while (auto match = matcher.find(text, place, open)) {
      found_.push_back(
          {matcher.rule(), base_ + match->begin,
           static_cast<std::uint32_t>(match->end - match->begin)});
      place = match->end;
      if (place > open)
        open = matcher.first_open(text, place);
    }
    place = std::max(place, open);
    places_[i] = base_ + place;
    hold = std::min(hold, place);
  }
  move_to(hold);
}

void guard_window::move_to(std::size_t hold) {
  // A byte of context is enough: what looks back in RE2 are ^, and \b, which
  // knows ASCII only.
  auto drop = hold > 0 ? hold - 1 : 0;
  base_ += drop;
  text_.erase(0, drop);
  hold_ = hold - drop;
}

std::vector<guard_match> guard_window::take() {
  auto order = [](const guard_match& a, const guard_match& b) {
    return std::tuple(a.offset, a.rule, a.length)
           < std::tuple(b.offset, b.rule, b.length);
  };
  std::vector<guard_match> out;
  if (found_.empty())
    return out;
  std::sort(found_.begin(), found_.end(), order);
  auto end = std::find_if(found_.begin(), found_.end(), [this](const auto& m) {
    return m.offset >= decided();
  });
  out.assign(found_.begin(), end);
  found_.erase(found_.begin(), end);
  return out;
}

} // namespace hansard
