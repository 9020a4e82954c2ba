#pragma once

#include "http/server_options.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>

namespace hansard {

/// The limits of server_options that can change while the server runs. Each is
/// read on its own, by any thread: a request that is under way may see some of
/// the old and some of the new.
struct live_options {
  using bytes = std::atomic<std::size_t>;
  using count = std::atomic<std::size_t>;
  using period = std::atomic<std::chrono::milliseconds>;

  explicit live_options(const server_options& o) { use(o); }

  void use(const server_options& o) {
    max_header_bytes = o.max_header_bytes;
    max_body_bytes = o.max_body_bytes;
    max_bodies_bytes = o.max_bodies_bytes;
    max_connections = o.max_connections;
    max_streams = o.max_streams;
    max_waiting_queries = o.max_waiting_queries;
    hide_time = o.hide_time;
    tls_handshake_timeout = o.tls_handshake_timeout;
    header_timeout = o.header_timeout;
    body_timeout = o.body_timeout;
    idle_timeout = o.idle_timeout;
    write_timeout = o.write_timeout;
    linger_timeout = o.linger_timeout;
    head_wait = o.head_wait;
    ping_interval = o.ping_interval;
    read_patience = o.read_patience;
    hsts_max_age = o.tls_certificate_file.empty() ? std::chrono::seconds{0}
                                                  : o.hsts_max_age;
  }

  bytes max_header_bytes;
  bytes max_body_bytes;
  bytes max_bodies_bytes;
  count max_connections;
  count max_streams;
  count max_waiting_queries;
  period hide_time;
  period tls_handshake_timeout;
  period header_timeout;
  period body_timeout;
  period idle_timeout;
  period write_timeout;
  period linger_timeout;
  period head_wait;
  period ping_interval;
  period read_patience;
  /// 0 without TLS.
  std::atomic<std::chrono::seconds> hsts_max_age;
};

} // namespace hansard
