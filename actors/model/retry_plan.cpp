#include "actors/model/retry_plan.hpp"

#include <algorithm>

namespace hansard {

namespace {

using std::chrono::milliseconds;

} // namespace

retry_plan::retry_plan(const agent_spec& agent) : agent_(agent) {}

std::optional<retry_plan::step> retry_plan::fall_back() {
  if (model_ >= agent_.fallback_models.size())
    return std::nullopt;
  attempts_at_model_ = 1;
  ++attempts_;
  return step{agent_.fallback_models[model_++], milliseconds{0}};
}

std::optional<retry_plan::step>
retry_plan::after(const upstream_failure& failure, double jitter) {
  if (failure.code == ec::upstream_truncated || attempts_ >= max_total)
    return std::nullopt;
  if (!failure.retryable || attempts_at_model_ >= agent_.max_attempts)
    return fall_back();
  auto doubled = first_pause * (1u << std::min(attempts_at_model_ - 1, 8u));
  auto pause =
      std::chrono::duration_cast<milliseconds>(doubled * (0.75 + 0.5 * jitter));
  pause = std::max(pause, failure.retry_after.value_or(milliseconds{0}));
  if (pause > longest_pause)
    return fall_back();
  ++attempts_at_model_;
  ++attempts_;
  auto model = model_ == 0 ? agent_.model : agent_.fallback_models[model_ - 1];
  return step{model, pause};
}

} // namespace hansard
