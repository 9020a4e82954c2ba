#pragma once

#include "actors/guardrails/program.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hansard::test {

inline guardrail_spec detect(
    std::string name, std::vector<std::string> detectors,
    guard_action action = guard_action::mask) {
  guardrail_spec rule;
  rule.name = std::move(name);
  rule.detectors = std::move(detectors);
  rule.action = action;
  return rule;
}

inline guardrail_spec look_for(
    std::string name, std::string pattern,
    guard_action action = guard_action::mask, std::uint32_t longest = 0) {
  guardrail_spec rule;
  rule.name = std::move(name);
  rule.patterns = {std::move(pattern)};
  rule.action = action;
  rule.longest = longest;
  return rule;
}

inline std::vector<guardrail_record>
as_records(std::vector<guardrail_spec> rules) {
  std::vector<guardrail_record> out;
  for (auto& rule : rules) {
    out.emplace_back();
    out.back().spec = std::move(rule);
    out.back().version = {out.size()};
  }
  return out;
}

inline std::shared_ptr<const guard_program>
program_of(std::vector<guardrail_spec> rules) {
  std::vector<guard_skip> skipped;
  auto made = guard_program::compile(
      as_records(std::move(rules)), guard_side::output, skipped);
  for (const auto& skip : skipped)
    ADD_FAILURE() << skip.name << ": " << skip.why;
  return made;
}

/// What of `text` the rules match.
inline std::vector<std::string>
found_in(const guard_program& program, std::string_view text) {
  std::vector<std::string> out;
  for (const auto& match : program.find_all(text))
    out.emplace_back(text.substr(match.offset, match.length));
  return out;
}

} // namespace hansard::test
