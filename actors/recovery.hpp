#pragma once

#include "events/error.hpp"
#include "events/time.hpp"
#include "storage/event_log.hpp"

#include <cstddef>

namespace hansard {

struct recovery_report {
  /// Turns that were running when the server went away.
  std::size_t turns_closed = 0;
  /// Turns that had ended and were not sealed.
  std::size_t streams_sealed = 0;
};

/// What a start does before anything is served: closes every open turn with
/// generation_interrupted and seals what ended. A few streams at a time are in
/// memory. Nothing else may append meanwhile.
result<recovery_report> recover(event_log& log, timestamp now);

} // namespace hansard
