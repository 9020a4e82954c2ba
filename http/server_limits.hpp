#pragma once

#include <chrono>
#include <cstddef>

namespace hansard {

/// The limits that the HTTP server keeps, and that a reload can change.
struct server_limits {
  /// With TLS: for how long browsers are to take nothing but HTTPS from this
  /// host, on any port; 0: they are not told.
  std::chrono::milliseconds hsts_max_age{365LL * 24 * 3'600'000};

  // Sizes. At each limit the request is refused: 431, 413, 503.
  std::size_t max_header_bytes = 64 * 1024;
  std::size_t max_body_bytes = 8 * 1024 * 1024;
  /// Bodies that are being read or worked on, all together.
  std::size_t max_bodies_bytes = 256 * 1024 * 1024;
  /// One more is answered 503 and closed.
  std::size_t max_connections = 12'000;
  /// Chat streams that are open at once.
  std::size_t max_streams = 10'000;
  /// Reads that wait for one of the query threads.
  std::size_t max_waiting_queries = 1'000;

  /// A session that is somebody else's, or is not there, is refused no sooner
  /// than this after the request came, so that the time does not tell which.
  std::chrono::milliseconds hide_time{2};

  // Times. A client that takes longer is dropped, with 408 where it had begun
  // to ask.
  std::chrono::milliseconds tls_handshake_timeout{10'000};
  /// From the first byte of a request to the end of its head.
  std::chrono::milliseconds header_timeout{10'000};
  /// From the end of the head to the end of the body.
  std::chrono::milliseconds body_timeout{60'000};
  /// Between two requests of a connection.
  std::chrono::milliseconds idle_timeout{75'000};
  /// Without the client taking a byte that waits for it.
  std::chrono::milliseconds write_timeout{30'000};
  /// For a client to take an error whose request it is still sending.
  std::chrono::milliseconds linger_timeout{2'000};

  /// A chat response's head waits so long for the first token, so that an
  /// early failure gets a real status.
  std::chrono::milliseconds head_wait{1'000};
  /// Between two `: ping` comments of a stream.
  std::chrono::milliseconds ping_interval{15'000};
  /// How long a list or history read waits for the projections; then 503.
  std::chrono::milliseconds read_patience{2'000};
};

} // namespace hansard
