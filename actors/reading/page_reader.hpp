#pragma once

#include "actors/interfaces.hpp"
#include "actors/runtime.hpp"

#include <cstddef>

namespace hansard {

/// Bytes of texts and of what is kept beside them after which a page of a
/// stream ends, if need be within a batch: a client that takes nothing holds up
/// to a page in memory.
inline constexpr std::size_t page_bytes = 64 * 1024;

/// Folds a session from its stream. A stream without events gives a state that
/// does not exist().
session_loaded load(const event_log& log, const session_id& id);

/// Reads events from `from` on until page_bytes are full or the stream ends; at
/// least one event, if there is one.
page_read
read(const event_log& log, const stream_id& stream, stream_version from);

struct log_reader_state {
  static inline const char* name = "log_reader";
};

/// A LOG READER. Spawn it detached: reading blocks.
log_reader_actor::behavior_type log_reader(
    log_reader_actor::stateful_pointer<log_reader_state> self, runtime_ptr rt);

} // namespace hansard
