#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What is known of the log outside of it: the file beside the database by
/// which a log that came back shorter is told from a whole one.
namespace hansard::detail {

/// One event of the log, named so that it is known again however it is
/// stored: before and after sealing, and by any later schema.
struct log_mark {
  log_position position;
  /// Of the event's position, stream, version, time and type.
  std::uint64_t digest = 0;

  bool operator==(const log_mark&) const = default;
};

/// The mark of the first event of a recorded batch.
log_mark mark_of_first(const event_batch& batch);
/// The mark of the last event of a batch that will be recorded there.
/// @pre The batch has events.
log_mark mark_of_last(
    const event_batch& batch, log_position position, stream_version version);

using store_id = std::array<std::uint8_t, 16>;

struct anchor {
  store_id store{};
  /// The last durable event at the time; position 0: none.
  log_mark head;

  bool operator==(const anchor&) const = default;
};

/// The text of the file.
std::string to_text(const anchor& a);

/// nullopt: not a whole anchor file of this or an older format.
std::optional<anchor> anchor_from(std::string_view text);

} // namespace hansard::detail
