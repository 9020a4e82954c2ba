#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"
#include "storage/event_log.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace hansard {

/// A read model: a fold over the log into rows.
///
/// The runner (actors/projector, or rebuild()) calls fold() with batches in
/// position order from checkpoint() + 1 on, then flush(), which writes rows and
/// checkpoint in one batch. One thread at a time. Between two flushes the
/// projection keeps its changes in memory and reads its own.
class projection {
public:
  virtual ~projection() = default;

  /// Also the name of its table in the row store.
  virtual std::string_view name() const = 0;

  /// The last position that is folded and flushed.
  virtual log_position checkpoint() const = 0;

  /// Takes the next batch. Events at or before checkpoint() are skipped.
  /// @returns corrupt for an event that it needs and does not know: the
  ///          projection stops there rather than skip it.
  virtual result<void> fold(const event_batch& batch) = 0;

  /// Writes what was folded, with checkpoint `up_to`: the position up to which
  /// the whole log was offered, also where no batch concerned this projection.
  virtual result<void> flush(log_position up_to) = 0;

  /// Deletes all rows: the next fold starts at position 1.
  virtual result<void> reset() = 0;
};

/// Folds everything after the checkpoint, flushing every few thousand events.
/// @returns the position reached, log.head() as of the call.
result<log_position> catch_up(projection& p, const event_log& log);

/// reset(), then catch_up(): what `hansard rebuild` does.
result<log_position> rebuild(projection& p, const event_log& log);

} // namespace hansard
