#pragma once

#include "events/batch.hpp"
#include "events/error.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace hansard {

/// How a transport talks back to the SSE writer that feeds it. Any thread.
class sink_feedback {
public:
  virtual ~sink_feedback() = default;

  /// The backlog, which had been over `sink_high_water_bytes`, is empty.
  virtual void drained() = 0;

  /// The client is gone, or the transport ended the stream.
  /// @param last_sent last version handed whole to the socket.
  /// @param reason finished, gone, too_slow, shutdown or revoked.
  virtual void closed(stream_version last_sent, std::string reason) = 0;
};

/// One client's transport, fed by its SSE writer: http implements it per
/// response. The writer calls it from one thread at a time; calls never block.
/// The sink frames what it gets (SSE, one event of the wire never split over
/// two writes) and sends it in order.
class stream_sink {
public:
  virtual ~stream_sink() = default;

  /// The writer is there; called first, once.
  virtual void attached(std::shared_ptr<sink_feedback> writer) = 0;

  /// Takes durable events of the session, consecutive across calls: those of
  /// `batch` with version > after. Among them are events that do not show on
  /// the wire. `live` is false while the writer reads from the log: many
  /// tokens may then travel in one event of the wire.
  virtual void deliver(batch_ptr batch, stream_version after, bool live) = 0;

  /// Nothing follows: the turn's ending was delivered. The sink sends [DONE].
  virtual void finish() = 0;

  /// Nothing follows, and something is wrong: the sink says so in-band (or by
  /// status, where no head was sent) and ends.
  virtual void fail(error why) = 0;

  /// Bytes taken and not yet written to the socket. Any thread.
  virtual std::size_t backlog_bytes() const = 0;
};

/// A writer stops feeding a sink whose backlog is over this, drops the live
/// batches that follow, and reads on from the log once the sink has drained.
inline constexpr std::size_t sink_high_water_bytes = 64 * 1024;

} // namespace hansard
