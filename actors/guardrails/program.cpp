#include "actors/guardrails/program.hpp"

#include "actors/guardrails/detectors.hpp"
#include "actors/guardrails/matcher.hpp"
#include "actors/guardrails/window.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

using re2::RE2;

/// Of the patterns of all rules in one; RE2 takes it for programs and states.
constexpr std::int64_t joined_memory_bytes = 32 << 20;

error wrong(std::string member, std::string_view what) {
  return make_error(
      ec::invalid_request, std::move(member) + ": " + std::string(what));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_plain(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most
         && std::none_of(text.begin(), text.end(), is_control);
}

/// The matchers of one rule, or why there are none.
result<std::vector<guard_matcher>>
compile_rule(const guardrail_spec& spec, std::size_t index) {
  std::vector<guard_matcher> out;
  for (std::size_t i = 0; i < spec.detectors.size(); ++i) {
    bool known = false;
    for (const auto& detector : guard_detectors()) {
      if (detector.name != spec.detectors[i])
        continue;
      known = true;
      auto made = guard_matcher::make(
          index, detector.pattern, detector.longest, detector.accept);
      if (!made)
        return made.error();
      out.push_back(std::move(*made));
    }
    if (!known)
      return wrong(
          "detectors[" + std::to_string(i) + ']',
          "there is no detector of this name.");
  }
  auto longest = spec.longest == 0 ? default_longest_match : spec.longest;
  for (std::size_t i = 0; i < spec.patterns.size(); ++i) {
    auto made = guard_matcher::make(index, spec.patterns[i], longest, nullptr);
    if (!made)
      return wrong("patterns[" + std::to_string(i) + ']', made.error().message);
    out.push_back(std::move(*made));
  }
  return out;
}

std::unique_ptr<RE2> join(const std::string& alternatives) {
  RE2::Options options;
  options.set_longest_match(true);
  options.set_never_capture(true);
  options.set_log_errors(false);
  options.set_max_mem(joined_memory_bytes);
  auto made = std::make_unique<RE2>(alternatives, options);
  return made->ok() ? std::move(made) : nullptr;
}

void join_matchers(guard_program::impl& parts) {
  std::string whole;
  std::string prefixes;
  for (const auto& matcher : parts.matchers) {
    parts.longest = std::max(parts.longest, matcher.longest());
    parts.shortest_bound =
        parts.shortest_bound == 0
            ? matcher.longest()
            : std::min(parts.shortest_bound, matcher.longest());
    whole += (whole.empty() ? "(?:" : "|(?:") + matcher.pattern() + ')';
    prefixes += (prefixes.empty() ? "" : "|") + matcher.prefixes();
  }
  parts.any_whole = join(whole);
  parts.any_prefix = join("(?:" + prefixes + ")\\z");
}

} // namespace

guard_program::guard_program(std::unique_ptr<impl> parts)
    : impl_(std::move(parts)) {}
guard_program::~guard_program() = default;

const std::vector<guard_rule>& guard_program::rules() const {
  return impl_->rules;
}
std::size_t guard_program::longest() const { return impl_->longest; }

std::shared_ptr<const guard_program> guard_program::compile(
    const std::vector<guardrail_record>& rules, guard_side side,
    std::vector<guard_skip>& skipped) {
  auto parts = std::make_unique<impl>();
  for (const auto& [spec, version, created, updated] : rules) {
    if (spec.on != guard_side::both && spec.on != side)
      continue;
    auto made = compile_rule(spec, parts->rules.size());
    if (!made) {
      skipped.push_back(
          {spec.name, version.value, spec.required, made.error().message});
      continue;
    }
    if (made->empty())
      continue;
    parts->rules.push_back(
        {spec.name, version.value, spec.action,
         spec.mask.empty() ? '[' + spec.name + ']' : spec.mask});
    for (auto& matcher : *made)
      parts->matchers.push_back(std::move(matcher));
  }
  if (parts->matchers.empty())
    return nullptr;
  join_matchers(*parts);
  return std::make_shared<guard_program>(std::move(parts));
}

std::vector<guard_match> guard_program::find_all(std::string_view text) const {
  // The window outlives no one here.
  guard_window window{
      std::shared_ptr<const guard_program>{std::shared_ptr<void>{}, this}};
  window.push(text);
  window.finish();
  return window.take();
}

result<void> check_rule(const guardrail_spec& rule) {
  if (!is_plain(rule.name, max_guard_name_bytes))
    return wrong("name", "must be 1 to 64 bytes without control characters.");
  if (rule.detectors.empty() && rule.patterns.empty())
    return wrong("patterns", "a rule needs a pattern or a detector.");
  if (rule.patterns.size() > max_guard_patterns
      || rule.detectors.size() > max_guard_patterns)
    return wrong("patterns", "a rule can have 32 at most.");
  for (std::size_t i = 0; i < rule.patterns.size(); ++i)
    if (rule.patterns[i].empty()
        || rule.patterns[i].size() > max_guard_pattern_bytes)
      return wrong(
          "patterns[" + std::to_string(i) + ']', "must be 1 to 1024 bytes.");
  if (!rule.mask.empty() && !is_plain(rule.mask, max_guard_mask_bytes))
    return wrong(
        "mask", "must be at most 64 bytes without control characters.");
  if (rule.longest > max_longest_match)
    return wrong("longestMatch", "must be at most 4096 bytes.");
  if (rule.agents.size() > max_guard_agents)
    return wrong("agents", "can hold 256 at most.");
  if (rule.users.size() > max_guard_agents
      || rule.groups.size() > max_guard_agents)
    return wrong("users", "it, and groups, can hold 256 at most.");
  auto made = compile_rule(rule, 0);
  if (!made)
    return made.error();
  return {};
}

guarded_text guard_text(const guard_program& program, std::string_view text) {
  guarded_text out;
  const auto& rules = program.rules();
  auto end = text.size();
  for (const auto& match : program.find_all(text)) {
    out.matches.push_back(match);
    if (rules[match.rule].action == guard_action::block) {
      out.blocked = true;
      end = match.offset;
      break;
    }
  }
  std::size_t done = 0;
  for (const auto& match : out.matches) {
    auto begin = static_cast<std::size_t>(match.offset);
    if (rules[match.rule].action != guard_action::mask || begin >= end)
      continue;
    out.masked = true;
    if (begin >= done) {
      out.shown += text.substr(done, begin - done);
      out.shown += rules[match.rule].mask;
    }
    done = std::max(done, begin + match.length);
  }
  if (done < end)
    out.shown += text.substr(done, end - done);
  return out;
}

} // namespace hansard
