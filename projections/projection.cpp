#include "projections/projection.hpp"

#include "projections/rows/row.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace hansard {

namespace {

/// Between two flushes. A run of tokens counts as one item and changes a row
/// at most once, so items, not tokens, measure what waits in memory.
constexpr std::size_t flush_items = 4096;

result<log_position> fold_all(projection& p, const event_log& log) {
  auto folded = std::max(p.checkpoint(), log.head());
  auto reached = p.checkpoint();
  if (reached >= folded)
    return reached;
  std::size_t items = 0;
  result<void> outcome;
  auto read = log.read_all(reached.next(), [&](const batch_ptr& batch) {
    outcome = p.fold(*batch);
    if (!outcome)
      return false;
    reached = batch->last_position();
    items += batch->items.size();
    if (items < flush_items)
      return true;
    items = 0;
    outcome = p.flush(reached);
    return outcome.has_value();
  });
  if (!outcome)
    return outcome.error();
  if (!read)
    return read.error();
  // The reading may have met what was appended since head() was asked.
  folded = std::max(folded, reached);
  if (auto flushed = p.flush(folded); !flushed)
    return flushed.error();
  return folded;
}

} // namespace

result<log_position> catch_up(projection& p, const event_log& log) {
  if (p.checkpoint() > log.head()) {
    spdlog::warn(
        "projection {}: at position {}, but the log ends at {} (restored from "
        "a "
        "backup?); folding anew",
        p.name(), p.checkpoint().value, log.head().value);
    return rebuild(p, log);
  }
  auto reached = fold_all(p, log);
  if (reached || !detail::is_damaged_rows(reached.error()))
    return reached;
  // Rows are disposable: damage to them must not keep a server down.
  spdlog::warn(
      "projection {}: {} Folding anew.", p.name(), reached.error().message);
  return rebuild(p, log);
}

result<log_position> rebuild(projection& p, const event_log& log) {
  if (auto cleared = p.reset(); !cleared)
    return cleared.error();
  return fold_all(p, log);
}

} // namespace hansard
