#pragma once

#include "actors/commands.hpp"
#include "actors/runtime.hpp"
#include "projections/usage/admission.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hansard {

/// A turn that the policies let in, and what is set aside for it in the usage
/// ledger. Held by the message that asks for the turn, until the turn is on
/// record or will not come: no way out keeps a reservation that nobody needs.
/// One thread at a time.
class turn_admission {
public:
  /// One of the two is there.
  struct outcome {
    std::shared_ptr<turn_admission> admission;
    std::optional<verdict> refused;
    std::vector<policy_ref> policies;

    /// The event that records the refusal.
    turn_refused event(const turn_command& command) const;
  };
  /// Judges `command` and reserves for it.
  static outcome
  ask(const runtime_ptr& rt, const turn_id& turn, const turn_command& command,
      std::shared_ptr<const agent_record> agent);

  ~turn_admission();
  turn_admission(const turn_admission&) = delete;
  turn_admission& operator=(const turn_admission&) = delete;

  /// Judges the budgets again, now that the whole prompt is known, and reserves
  /// for that. @param prompt_bytes of all messages that the model will see.
  verdict fit(std::uint64_t prompt_bytes);

  /// The agent as this turn may use it: with the models and caps that it got.
  const std::shared_ptr<const agent_record>& agent() const { return agent_; }
  admission_terms terms() const;
  /// The limits for the response's head, as rate_headers() writes them.
  std::vector<std::pair<std::string, std::string>> headers() const {
    return rate_headers(rates_);
  }
  const std::vector<policy_ref>& policies() const { return policies_; }

private:
  turn_admission(runtime_ptr rt, const turn_id& turn)
      : rt_(std::move(rt)),
        turn_(turn) {}
  void take(const verdict& granted);

  runtime_ptr rt_;
  turn_id turn_;
  effective_policy policy_;
  turn_facts facts_;
  std::vector<policy_ref> policies_;
  /// As it is configured.
  std::shared_ptr<const agent_record> configured_;
  std::shared_ptr<const agent_record> agent_;
  std::uint64_t reserved_tokens_ = 0;
  rate_status rates_;
};

/// A refusal as its caller gets it. Details: `rule`, `retryAfterMs` where
/// waiting helps, and the headers of rate_headers() by their names.
error to_error(const verdict& refused);

/// The event that records a refusal.
turn_refused refusal_event(
    const turn_command& command, const error& why, std::string_view rule,
    std::vector<policy_ref> policies);

/// The same, for one by a policy.
turn_refused refusal_event(
    const turn_command& command, const verdict& refused,
    std::vector<policy_ref> policies);

} // namespace hansard
