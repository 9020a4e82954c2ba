#pragma once

#include "events/batch.hpp"
#include "projections/usage/admission.hpp"
#include "projections/usage/counters.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace hansard {

/// What everyone has used, as of the last durable event, and what is set aside
/// for turns on their way: what limits are judged by. In memory; the rows of
/// the usage projection are its beginning. Thread-safe.
///
///   admit() ──▶ reserved ──turn_admitted durable──▶ on record ──ending──▶ used
///                  └──release()──▶ nothing
///
/// fold() takes each batch once it is durable and before anyone is told, so
/// whoever has seen a turn end is judged with it ended. A reservation that is
/// on record leaves with the turn's ending alone: no way out of the server
/// loses it, and none keeps it.
///
/// A turn counts in the day and month in which it was admitted. Memory: one
/// entry for each principal and agent that used something this month, and one
/// for each running turn.
class usage_ledger {
public:
  usage_ledger();
  ~usage_ledger();

  /// Judges a turn and, unless it is refused, reserves for it: one step, so
  /// that of many at once no more get in than there is room for.
  verdict admit(
      const turn_id& turn, std::string_view user, std::string_view agent,
      const effective_policy& policy, const turn_facts& facts, timestamp now);

  /// Judges the budgets again for a reserved turn, with the prompt as it is
  /// known now, and reserves that instead. Refused: what it had is released.
  /// A turn that is not reserved is refused as forbidden.
  verdict
  fit(const turn_id& turn, const effective_policy& policy,
      const turn_facts& facts, timestamp now);

  /// The turn does not come. Nothing where it is on record.
  void release(const turn_id& turn);

  void fold(const event_batch& durable);

  /// Sets what was used before anything is folded.
  void restore(
      std::string_view user, std::string_view agent, usage_counters counters);

  /// Copies. `agent` empty: with all of them.
  usage_counters read(std::string_view user, std::string_view agent) const;
  std::size_t reservations() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace hansard
