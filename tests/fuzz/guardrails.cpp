#include "actors/guardrails/filter.hpp"
#include "actors/guardrails/guard_json.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>
#include <vector>

using namespace hansard;

namespace {

/// The end of the first characters of `text` that hold `bytes` bytes at least.
std::size_t character_end(std::string_view text, std::size_t bytes) {
  auto end = bytes < text.size() ? bytes : text.size();
  while (end < text.size()
         && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    ++end;
  return end;
}

std::vector<guardrail_record> rules_of(fuzz::input& in) {
  std::vector<guardrail_record> rules(2);
  rules[0].spec.name = "fuzzed";
  rules[0].spec.patterns = {std::string(in.bytes(in.byte() % 64))};
  rules[0].spec.action = static_cast<guard_action>(in.byte() % 3);
  rules[0].spec.longest = in.byte();
  rules[1].spec.name = "known";
  // One of them: to compile them all takes longer than to run them.
  const char* detectors[] = {"email", "card", "iban", "phone", "private_key"};
  rules[1].spec.detectors = {detectors[in.byte() % 5]};
  rules[1].spec.action = guard_action::mask;
  return rules;
}

struct outcome {
  std::string shown;
  std::vector<guard_match> matches;
  bool blocked = false;
};

void take(outcome& all, const filtered_tokens& got) {
  std::size_t offset = 0;
  for (const auto& mark : got.tokens.marks) {
    if (is_shown(mark.channel))
      all.shown += got.tokens.text.substr(offset, mark.length);
    offset += mark.length;
  }
  for (const auto& hit : got.hits)
    all.matches.push_back(hit.match);
  all.blocked = got.blocked_by.has_value();
}

} // namespace

/// Input: a pattern, its action and its bound, then a text. Whatever the
/// pattern, it is refused or runs; and however the text is cut into tokens, the
/// same is found and the same is shown.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in{data, size};
  auto rules = rules_of(in);
  auto step = 1 + in.byte() % 16u;
  auto text = in.rest().substr(0, 4096);
  (void)check_rule(rules[0].spec);
  std::vector<guard_skip> skipped;
  auto program = guard_program::compile(rules, guard_side::output, skipped);
  fuzz::require(program != nullptr, "the known rule is always there");

  auto whole = guard_text(*program, text);
  outcome cut;
  guard_filter filter{program};
  for (auto rest = text; !rest.empty() && !cut.blocked;) {
    auto end = character_end(rest, step);
    token_run run;
    run.add({}, token_channel::answer, rest.substr(0, end));
    rest.remove_prefix(end);
    take(cut, filter.push(run));
  }
  if (!cut.blocked)
    take(cut, filter.finish());
  fuzz::require(cut.shown == whole.shown, "what is shown is the text's alone");
  fuzz::require(cut.matches == whole.matches, "what is found, too");
  fuzz::require(cut.blocked == whole.blocked, "and whether it ends");
  (void)guard_json(*program, text);
  return 0;
}
