#include "actors/guardrails/filter.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

guard_filter::channel::channel(
    std::shared_ptr<const guard_program> program, guard_place place,
    token_channel said, token_channel withheld, token_channel substitute)
    : window_(std::move(program)),
      place_(place),
      said_(said),
      withheld_(withheld),
      substitute_(substitute) {}

void guard_filter::channel::push(
    std::string_view text, const token_mark* first, std::size_t count) {
  held_.insert(held_.end(), first, first + count);
  text_ += text;
  window_.push(text);
}

void guard_filter::channel::take_matches(
    const guard_program& program, filtered_tokens& out) {
  for (const auto& match : window_.take()) {
    auto action = program.rules()[match.rule].action;
    out.hits.push_back({match, place_, 0});
    if (action == guard_action::mask)
      masks_.push_back(match);
    if (action == guard_action::block) {
      blocked_at_ = match.offset;
      out.blocked_by = match.rule;
      return;
    }
  }
}

void guard_filter::channel::release(
    const guard_program& program, filtered_tokens& out) {
  take_matches(program, out);
  auto until = window_.decided();
  auto end = from_;
  while (!held_.empty()
         && (blocked_at_ || end + held_.front().length <= until)) {
    auto token = held_.front();
    held_.pop_front();
    end += token.length;
    cut(token, program, out.tokens);
    text_.erase(0, token.length);
    from_ = end;
  }
}

void guard_filter::channel::withhold(token_run& out) {
  std::size_t at = 0;
  for (const auto& token : held_) {
    out.add(
        token.at, withheld_, std::string_view{text_}.substr(at, token.length));
    at += token.length;
  }
  held_.clear();
  from_ += text_.size();
  text_.clear();
}

std::string_view
guard_filter::channel::text_at(std::uint64_t from, std::uint64_t to) const {
  return std::string_view{text_}.substr(from - from_, to - from);
}

/// The first of the held tokens, cut where a mask begins or ends, and where the
/// block is.
void guard_filter::channel::cut(
    const token_mark& token, const guard_program& program, token_run& out) {
  auto end = from_ + token.length;
  auto shown_end = std::min(end, blocked_at_.value_or(end));
  for (auto at = from_; at < end;) {
    for (; !masks_.empty() && masks_.front().offset < masked_until_;
         masks_.pop_front())
      masked_until_ = std::max(
          masked_until_, masks_.front().offset + masks_.front().length);
    if (at < masked_until_ || at >= shown_end) {
      auto to = at >= shown_end ? end : std::min(masked_until_, end);
      out.add(token.at, withheld_, text_at(at, to));
      at = to;
      continue;
    }
    auto next = masks_.empty() ? shown_end : masks_.front().offset;
    auto to = std::min(next, shown_end);
    if (to > at)
      out.add(token.at, said_, text_at(at, to));
    at = to;
    if (at == next && !masks_.empty() && at < shown_end) {
      const auto& mask = masks_.front();
      masked_until_ = mask.offset + mask.length;
      out.add(token.at, substitute_, program.rules()[mask.rule].mask);
      masks_.pop_front();
    }
  }
}

guard_filter::guard_filter(std::shared_ptr<const guard_program> program)
    : program_(std::move(program)),
      answer_(
          program_, guard_place::answer, token_channel::answer,
          token_channel::withheld, token_channel::substitute),
      reasoning_(
          program_, guard_place::reasoning, token_channel::reasoning,
          token_channel::withheld_reasoning,
          token_channel::substitute_reasoning) {}

filtered_tokens guard_filter::push(const token_run& run) {
  filtered_tokens out;
  std::string_view text{run.text};
  const auto& marks = run.marks;
  for (std::size_t i = 0; i < marks.size();) {
    bool thinks = marks[i].channel == token_channel::reasoning;
    auto first = i;
    std::size_t bytes = 0;
    for (; i < marks.size() && marks[i].channel == marks[first].channel; ++i)
      bytes += marks[i].length;
    auto& to = thinks ? reasoning_ : answer_;
    to.push(text.substr(0, bytes), &marks[first], i - first);
    text.remove_prefix(bytes);
    if (out.blocked_by) {
      to.withhold(out.tokens);
      continue;
    }
    if (!thinks && reasoning_.holds()) {
      reasoning_.finish();
      release(reasoning_, out);
    }
    if (!out.blocked_by)
      release(to, out);
  }
  return out;
}

filtered_tokens guard_filter::finish() {
  filtered_tokens out;
  reasoning_.finish();
  answer_.finish();
  release(reasoning_, out);
  if (!out.blocked_by)
    release(answer_, out);
  return out;
}

void guard_filter::release(channel& from, filtered_tokens& out) {
  from.release(*program_, out);
  if (!out.blocked_by)
    return;
  reasoning_.withhold(out.tokens);
  answer_.withhold(out.tokens);
}

} // namespace hansard
