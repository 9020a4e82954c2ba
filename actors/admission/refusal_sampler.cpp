#include "actors/admission/refusal_sampler.hpp"

#include <utility>

namespace hansard {

refusal_sampler::kind refusal_sampler::kind_of(
    std::string_view principal, std::string_view code,
    std::string_view rule) const {
  kind exact{std::string(principal), std::string(code), std::string(rule)};
  if (kinds_.size() >= max_kinds && !kinds_.contains(exact))
    std::get<0>(exact) = "*";
  return exact;
}

bool refusal_sampler::count(
    std::string_view principal, std::string_view code, std::string_view rule,
    timestamp now) {
  auto [found, is_new] = kinds_.try_emplace(kind_of(principal, code, rule));
  auto& tally = found->second;
  if (is_new)
    tally.since = now;
  auto before = tally.count++;
  bool in_full =
      before < recorded_in_full && all_recorded_ < all_recorded_in_full;
  if (!in_full && before % sampled_one_in != 0)
    return false;
  ++tally.recorded;
  ++all_recorded_;
  return true;
}

void refusal_sampler::not_recorded(
    std::string_view principal, std::string_view code, std::string_view rule) {
  auto found = kinds_.find(kind_of(principal, code, rule));
  if (found != kinds_.end() && found->second.recorded > 0)
    --found->second.recorded;
}

std::vector<refusals_counted> refusal_sampler::close(timestamp now) {
  std::vector<refusals_counted> out;
  for (const auto& [kind, tally] : kinds_)
    if (tally.count > tally.recorded)
      out.push_back(
          {std::get<0>(kind), std::get<1>(kind), std::get<2>(kind),
           to_unix_us(tally.since), to_unix_us(now), tally.count,
           tally.recorded});
  kinds_.clear();
  all_recorded_ = 0;
  return out;
}

} // namespace hansard
