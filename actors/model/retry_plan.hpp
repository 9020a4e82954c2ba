#pragma once

#include "actors/llm_backend.hpp"
#include "events/facts/control_events.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace hansard {

/// Which model is tried when: the agent's model up to max_attempts times while
/// its failures may pass, then each fallback likewise. Pure.
class retry_plan {
public:
  retry_plan() = default;
  explicit retry_plan(const agent_spec& agent);

  struct step {
    std::string model;
    std::chrono::milliseconds pause;
  };

  /// What follows a failed attempt at the current model; nullopt: nothing.
  /// @param jitter from [0, 1): spreads the retries of many sessions.
  std::optional<step> after(const upstream_failure& failure, double jitter);

  /// The first pause; doubled from attempt to attempt.
  static constexpr std::chrono::milliseconds first_pause{250};
  /// No pause is longer; a server that asks for more is given up.
  static constexpr std::chrono::milliseconds longest_pause{10'000};
  /// Attempts in all, whatever the fallbacks.
  static constexpr std::uint32_t max_total = 16;

private:
  std::optional<step> fall_back();

  agent_spec agent_;
  std::size_t model_ = 0;
  std::uint32_t attempts_at_model_ = 1;
  std::uint32_t attempts_ = 1;
};

} // namespace hansard
