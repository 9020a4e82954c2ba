#pragma once

#include "events/error.hpp"
#include "projections/history/message_history.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace hansard::detail {

/// A message to be read: where it is in its session's stream, and the entry to
/// fill. `index`, and for a running message `turn`, are filled by the caller.
struct message_text {
  history_entry* entry = nullptr;
  bool generated = false;
  /// Received: the place among the event's messages.
  std::uint64_t place = 0;
  /// Versions, both included. Received: the event. Generated: from its first
  /// token or tool call to the event that ended it; of a running message, to
  /// wherever the stream ends.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

inline constexpr std::uint64_t still_running = ~std::uint64_t{0};

/// Reads the texts from the log, in as few passes over the session's stream as
/// it takes not to read far past what is not asked for.
/// @param texts in order of the history.
/// @returns corrupt: the log holds something else at these places.
result<void> read_texts(
    const event_log& log, const session_id& id,
    std::vector<message_text> texts);

} // namespace hansard::detail
