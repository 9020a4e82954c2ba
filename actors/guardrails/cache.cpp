#include "actors/guardrails/cache.hpp"

#include <algorithm>

namespace hansard {

namespace {

/// Sets of rules that are kept; beyond it all are compiled anew.
constexpr std::size_t max_compiled = 64;

std::shared_ptr<const agent_guards>
compile(const std::vector<guardrail_record>& rules) {
  auto out = std::make_shared<agent_guards>();
  out->input = guard_program::compile(rules, guard_side::input, out->skipped);
  auto known = out->skipped.size();
  out->output = guard_program::compile(rules, guard_side::output, out->skipped);
  // A rule for both sides was skipped twice.
  for (auto i = known; i < out->skipped.size();) {
    auto begin = out->skipped.begin();
    auto at = begin + static_cast<std::ptrdiff_t>(i);
    bool twice = std::any_of(
        begin, begin + static_cast<std::ptrdiff_t>(known),
        [at](const auto& one) { return one.name == at->name; });
    if (twice)
      out->skipped.erase(at);
    else
      ++i;
  }
  return out;
}

} // namespace

std::shared_ptr<const agent_guards>
guard_cache::for_turn(std::string_view agent, const principal& who) {
  auto generation = rules_.generation();
  if (generation == 0)
    return nullptr;
  std::lock_guard lock{mutex_};
  if (generation > generation_) {
    generation_ = generation;
    list_ = rules_.rules();
    compiled_.clear();
  }
  std::vector<bool> which(list_->size());
  bool any = false;
  for (std::size_t i = 0; i < list_->size(); ++i) {
    which[i] = is_for((*list_)[i].spec, agent, who);
    any = any || which[i];
  }
  if (!any)
    return nullptr;
  if (auto known = compiled_.find(which); known != compiled_.end())
    return known->second;
  std::vector<guardrail_record> rules;
  for (std::size_t i = 0; i < which.size(); ++i)
    if (which[i])
      rules.push_back((*list_)[i]);
  if (compiled_.size() >= max_compiled)
    compiled_.clear();
  return compiled_[which] = compile(rules);
}

} // namespace hansard
