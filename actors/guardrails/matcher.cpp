#include "actors/guardrails/matcher.hpp"

#include "actors/guardrails/pattern.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

using re2::RE2;
using re2::StringPiece;

RE2::Options options() {
  RE2::Options out;
  out.set_longest_match(true);
  out.set_never_capture(true);
  out.set_log_errors(false);
  return out;
}

error refused(std::string why) {
  return make_error(ec::invalid_request, std::move(why));
}

result<std::unique_ptr<RE2>> compile(const std::string& pattern) {
  auto made = std::make_unique<RE2>(pattern, options());
  if (!made->ok())
    return refused("The pattern can't be compiled: " + made->error() + '.');
  if (made->ProgramSize() > max_guard_instructions
      || made->ReverseProgramSize() > max_guard_instructions)
    return refused(
        "The pattern is too large once it is compiled. Use smaller counts.");
  return made;
}

} // namespace

result<guard_matcher> guard_matcher::make(
    std::size_t rule, std::string_view pattern, std::size_t longest,
    accept_function accept) {
  auto whole = compile(std::string(pattern));
  if (!whole)
    return whole.error();
  auto shape = analyse_pattern(pattern);
  if (!shape)
    return shape.error();
  if (shape->shortest == 0)
    return refused("The pattern matches the empty text.");
  auto prefixes = compile("(?:" + shape->prefixes + ")\\z");
  if (!prefixes)
    return prefixes.error();
  guard_matcher made;
  made.rule_ = rule;
  made.longest_ = shape->longest ? std::min(*shape->longest, longest) : longest;
  made.accept_ = accept;
  made.whole_ = std::move(*whole);
  made.prefixes_ = std::move(*prefixes);
  return made;
}

std::optional<guard_matcher::span>
guard_matcher::leftmost(std::string_view text, std::size_t from) const {
  StringPiece all{text.data(), text.size()};
  StringPiece found;
  // In windows of two matches' length: a start in the first half has all of
  // its longest match in the window.
  while (from < text.size()) {
    auto stop = std::min(text.size(), from + 2 * longest_);
    bool last = stop == text.size();
    if (!whole_->Match(all, from, stop, RE2::UNANCHORED, &found, 1)) {
      if (last)
        return std::nullopt;
      from += longest_;
      continue;
    }
    auto begin = static_cast<std::size_t>(found.data() - text.data());
    if (!last && begin >= from + longest_) {
      from += longest_;
      continue;
    }
    if (found.size() <= longest_)
      return span{begin, begin + found.size()};
    if (whole_->Match(
            all, begin, begin + longest_, RE2::ANCHOR_START, &found, 1))
      return span{begin, begin + found.size()};
    from = begin + 1;
  }
  return std::nullopt;
}

std::optional<guard_matcher::span> guard_matcher::find(
    std::string_view text, std::size_t from, std::size_t before) const {
  while (from < before) {
    auto found = leftmost(text, from);
    if (!found || found->begin >= before)
      return std::nullopt;
    if (!accept_)
      return found;
    auto accepted =
        accept_(text.substr(found->begin, found->end - found->begin));
    if (accepted != 0)
      return span{found->begin, found->begin + accepted};
    from = found->begin + 1;
  }
  return std::nullopt;
}

std::size_t
guard_matcher::first_open(std::string_view text, std::size_t from) const {
  if (text.size() > longest_)
    from = std::max(from, text.size() - longest_);
  StringPiece found;
  if (from >= text.size()
      || !prefixes_->Match(
          {text.data(), text.size()}, from, text.size(), RE2::UNANCHORED,
          &found, 1))
    return text.size();
  return static_cast<std::size_t>(found.data() - text.data());
}

} // namespace hansard
