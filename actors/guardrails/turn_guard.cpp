#include "actors/guardrails/turn_guard.hpp"

#include "actors/guardrails/guard_json.hpp"

#include <limits>
#include <optional>

namespace hansard {

void hit_recorder::record(const guard_hit& hit, std::vector<event>& events) {
  const auto& rule = program_->rules()[hit.match.rule];
  guardrail_matched matched;
  matched.turn = turn_;
  matched.rule = rule.name;
  matched.rule_version = rule.version;
  matched.action = rule.action;
  matched.place = hit.place;
  matched.index = hit.index;
  matched.offset = hit.match.offset;
  matched.length = hit.match.length;
  auto& seen = counts_[{hit.match.rule, hit.place}];
  // A block is the last of its turn, and what the turn's end is known by.
  if (seen.single < max_single || rule.action == guard_action::block) {
    ++seen.single;
    events.push_back(std::move(matched));
    return;
  }
  if (seen.rest.rule.empty()) {
    seen.rest = std::move(matched);
    return;
  }
  if (seen.rest.count < std::numeric_limits<std::uint32_t>::max())
    ++seen.rest.count;
}

void hit_recorder::finish(std::vector<event>& events) {
  for (auto& [where, seen] : counts_)
    if (!seen.rest.rule.empty())
      events.push_back(std::move(seen.rest));
  counts_.clear();
}

namespace {

class message_guard {
public:
  message_guard(
      const guard_program& program, turn_id turn, guarded_messages& out)
      : program_(program),
        turn_(turn),
        recorder_(program, turn),
        out_(out) {}

  void guard(const message& m, std::uint32_t index) {
    auto sent = m;
    masked_ = false;
    json(sent.content, index);
    json(sent.tool_calls, index);
    text(sent.name, index);
    text(sent.tool_call_id, index);
    if (masked_ && out_.blocked_by.empty())
      out_.events.push_back(prompt_masked{turn_, index, std::move(sent)});
  }
  void finish() { recorder_.finish(out_.events); }

private:
  void json(std::string& member, std::uint32_t index) {
    if (member.empty() || !out_.blocked_by.empty())
      return;
    auto guarded = guard_json(program_, member);
    take(guarded.matches, index);
    if (guarded.masked)
      put(member, std::move(guarded.shown));
  }
  void text(std::string& member, std::uint32_t index) {
    if (member.empty() || !out_.blocked_by.empty())
      return;
    auto guarded = guard_text(program_, member);
    take(guarded.matches, index);
    if (guarded.masked)
      put(member, std::move(guarded.shown));
  }
  void put(std::string& member, std::string shown) {
    member = std::move(shown);
    masked_ = true;
  }
  void take(const std::vector<guard_match>& matches, std::uint32_t index) {
    for (const auto& match : matches) {
      recorder_.record({match, guard_place::input, index}, out_.events);
      const auto& rule = program_.rules()[match.rule];
      if (rule.action == guard_action::block)
        out_.blocked_by = rule.name;
    }
  }

  const guard_program& program_;
  turn_id turn_;
  hit_recorder recorder_;
  guarded_messages& out_;
  bool masked_ = false;
};

} // namespace

guarded_messages guard_messages(
    const guard_program& program, turn_id turn, std::uint32_t keep,
    std::span<const message> messages) {
  guarded_messages out;
  message_guard guard{program, turn, out};
  for (const auto& m : messages) {
    guard.guard(m, keep++);
    if (!out.blocked_by.empty())
      break;
  }
  guard.finish();
  return out;
}

turn_guard::turn_guard(
    std::shared_ptr<const guard_program> program, turn_id turn)
    : filter_(std::move(program)),
      recorder_(filter_.program(), turn) {}

turn_guard::step turn_guard::to_step(filtered_tokens filtered) {
  step out;
  for (const auto& hit : filtered.hits)
    recorder_.record(hit, out.events);
  out.tokens = std::move(filtered.tokens);
  out.blocked = blocked_ = filtered.blocked_by.has_value();
  return out;
}

turn_guard::step turn_guard::push(const token_run& run) {
  return to_step(filter_.push(run));
}

turn_guard::step turn_guard::finish() {
  if (finished_ || blocked_)
    return {};
  finished_ = true;
  return to_step(filter_.finish());
}

/// @returns false: the call is not shown.
bool turn_guard::guard_call(
    tool_call_generated& call, std::vector<event>& events) {
  auto record = [&](const std::vector<guard_match>& matches) {
    for (const auto& match : matches)
      recorder_.record({match, guard_place::tool_call, call.index}, events);
  };
  auto function = guard_text(filter_.program(), call.function);
  record(function.matches);
  auto arguments = guard_json(filter_.program(), call.arguments);
  if (!function.blocked)
    record(arguments.matches);
  bool blocked = function.blocked || arguments.blocked;
  if (blocked || function.masked || arguments.masked)
    events.push_back(tool_call_withheld{
        call.turn, call.index, call.id, call.function, call.arguments});
  if (function.masked)
    call.function = std::move(function.shown);
  if (arguments.masked)
    call.arguments = std::move(arguments.shown);
  return !blocked;
}

turn_guard::step turn_guard::take(std::vector<tool_call_generated> calls) {
  step out;
  for (auto& call : calls) {
    if (!guard_call(call, out.tool_calls)) {
      out.blocked = blocked_ = true;
      return out;
    }
    out.tool_calls.push_back(std::move(call));
  }
  return out;
}

std::vector<event> turn_guard::close() {
  std::vector<event> out;
  recorder_.finish(out);
  return out;
}

} // namespace hansard
