#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Recorded events as Server-Sent Events (WHATWG HTML §9.2) of the chat API:
/// every JSON data line carries a string `chunk`, and `id:` is the version of
/// the last recorded event in it. Pure.
namespace hansard {

/// A place in a batch: the next event to frame, as item and token.
struct frame_cursor {
  std::size_t item = 0;
  /// Within a token_run: the token, and where its text begins.
  std::size_t mark = 0;
  std::size_t offset = 0;
  /// Version of the next event.
  stream_version version;
};

/// How tokens become events of the wire.
enum class token_framing {
  /// Each its own, as it was generated.
  one_each,
  /// Many together: for a client that is catching up.
  coalesced,
};

/// Text of coalesced tokens in one event of the wire, about.
inline constexpr std::size_t coalesced_text_bytes = 16 * 1024;

/// What a piece of framing did.
struct framed {
  /// The batch is used up.
  bool whole = false;
  /// Version of the last event that shows on the wire; 0: none did.
  stream_version last_shown;
  /// When the first token among them had arrived from the model server.
  std::optional<timestamp> first_token_at;
};

/// Appends events of `batch` from `at` on, those with version > after, until
/// `out` holds `limit` bytes or more, or the batch ends. Moves `at`. Events
/// that do not show on the wire are passed over.
framed append_events(
    std::string& out, const event_batch& batch, frame_cursor& at,
    stream_version after, token_framing framing, std::size_t limit);

/// True for what shows on the wire: tokens, tool calls and the four endings.
bool shows_on_wire(const event& e);

/// About the bytes that `batch` takes on the wire, tokens one by one.
std::size_t framed_size_estimate(const event_batch& batch);

/// An error that is no event of the session, in-band.
void append_error(std::string& out, const error& why);

/// The last id in `sent`, a prefix of a framed stream, whose event is in it
/// whole; 0: none is.
stream_version last_whole_id(std::string_view sent);

/// Reconnection time for clients that honour it (EventSource), once: a line of
/// the first event. With a blank line behind it, it would be an event without
/// data to readers that dispatch those, against the standard.
inline constexpr std::string_view sse_retry = "retry: 2000\n";
/// Likewise a line of whichever event comes next.
inline constexpr std::string_view sse_ping = ": ping\n";
inline constexpr std::string_view sse_done = "data: [DONE]\n\n";

} // namespace hansard
