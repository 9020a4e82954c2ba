#include "actors/guardrails/filter.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

/// What guardrails cost a token of ordinary English, and how long they hold it.
namespace hansard::benchmark {

namespace {

constexpr std::string_view prose =
    "The agent controller stands between people and the language models of an "
    "organisation. Every message passes through it; it decides who may talk to "
    "which agent, streams the model's tokens to the client, and keeps a record "
    "of each conversation that can be replayed, searched, exported and proved. "
    "In 2025 about 40% of them were shorter than 1,200 words (see section "
    "3.2): "
    "\"Plain text, and nothing else\", as the report put it. ";

/// Words with the space before them, long ones in two: about what the
/// tokenizers of today's models make of English.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    auto end = std::min(text.find(' ', 1), text.size());
    end = std::min<std::size_t>(end, 8);
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return out;
}

std::vector<guardrail_record> rules_of(bool detectors, int patterns) {
  std::vector<guardrail_record> out;
  auto add = [&out](guardrail_spec spec) {
    spec.name = "rule " + std::to_string(out.size());
    spec.action = guard_action::mask;
    out.emplace_back();
    out.back().spec = std::move(spec);
  };
  if (detectors) {
    guardrail_spec all;
    all.detectors = {"email",   "phone",        "iban",        "card",
                     "aws_key", "github_token", "slack_token", "private_key",
                     "jwt",     "hansard_key",  "provider_key"};
    add(std::move(all));
  }
  for (int i = 0; i < patterns; ++i) {
    guardrail_spec one;
    auto n = std::to_string(i);
    one.patterns = {
        R"((?i)\bproject (?:aurora|borealis))" + n + R"([a-z]{0,8}\b)"};
    add(std::move(one));
  }
  return out;
}

void filter_tokens(
    ::benchmark::State& state, const std::vector<guardrail_record>& rules) {
  const auto tokens = tokens_of(prose);
  std::vector<guard_skip> skipped;
  auto program = guard_program::compile(rules, guard_side::output, skipped);
  guard_filter filter{program};
  std::int64_t pushed = 0;
  std::int64_t left = 0;
  std::int64_t late = 0;
  std::int64_t first_late = -1;
  for (auto _ : state) {
    const auto& token =
        tokens[static_cast<std::size_t>(pushed) % tokens.size()];
    token_run run;
    run.add({}, token_channel::answer, token);
    auto out = filter.push(run);
    ++pushed;
    left += static_cast<std::int64_t>(out.tokens.marks.size());
    if (first_late < 0 && left > 0)
      first_late = pushed - 1;
    late += pushed - left;
    ::benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations());
  // Tokens that wait behind each token that comes; and until the first leaves.
  state.counters["held"] =
      static_cast<double>(late) / static_cast<double>(pushed);
  state.counters["first_held"] = static_cast<double>(first_late);
}

void guard_no_match(::benchmark::State& state) {
  filter_tokens(state, rules_of(false, 10));
}
BENCHMARK(guard_no_match);

void guard_email_alone(::benchmark::State& state) {
  std::vector<guardrail_record> rules(1);
  rules[0].spec.name = "mail";
  rules[0].spec.detectors = {"email"};
  filter_tokens(state, rules);
}
BENCHMARK(guard_email_alone);

void guard_numbers_alone(::benchmark::State& state) {
  std::vector<guardrail_record> rules(1);
  rules[0].spec.name = "numbers";
  rules[0].spec.detectors = {"card", "iban", "phone"};
  filter_tokens(state, rules);
}
BENCHMARK(guard_numbers_alone);

void guard_all_detectors(::benchmark::State& state) {
  filter_tokens(state, rules_of(true, 0));
}
BENCHMARK(guard_all_detectors);

void guard_all_detectors_and_ten_rules(::benchmark::State& state) {
  filter_tokens(state, rules_of(true, 10));
}
BENCHMARK(guard_all_detectors_and_ten_rules);

/// What a token costs before any of this: the same run, made and dropped.
void guard_none(::benchmark::State& state) {
  const auto tokens = tokens_of(prose);
  std::size_t at = 0;
  for (auto _ : state) {
    token_run run;
    run.add({}, token_channel::answer, tokens[at++ % tokens.size()]);
    ::benchmark::DoNotOptimize(run);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(guard_none);

void guard_compile_all(::benchmark::State& state) {
  const auto rules = rules_of(true, 10);
  for (auto _ : state) {
    std::vector<guard_skip> skipped;
    auto program = guard_program::compile(rules, guard_side::output, skipped);
    ::benchmark::DoNotOptimize(program);
  }
}
BENCHMARK(guard_compile_all);

/// A request's text, as input rules look at it.
void guard_input_text(::benchmark::State& state) {
  std::vector<guard_skip> skipped;
  auto program =
      guard_program::compile(rules_of(true, 10), guard_side::input, skipped);
  std::string text;
  while (text.size() < static_cast<std::size_t>(state.range(0)))
    text += prose;
  for (auto _ : state)
    ::benchmark::DoNotOptimize(guard_text(*program, text));
  state.SetBytesProcessed(
      state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(guard_input_text)->Arg(500)->Arg(1 << 20);

} // namespace

} // namespace hansard::benchmark
