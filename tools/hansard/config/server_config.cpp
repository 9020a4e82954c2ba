#include "tools/hansard/config/server_config.hpp"

#include <algorithm>
#include <thread>

namespace hansard {

std::size_t or_cores(std::uint64_t threads) {
  if (threads > 0)
    return threads;
  return std::max(1u, std::thread::hardware_concurrency());
}

server_options to_server_options(const settings& s) {
  server_options o;
  // validate() has read it before.
  const auto address = parse_listen(s.listen).value();
  o.host = address.host;
  o.port = address.port;
  o.tls_certificate_file = s.tls_certificate;
  o.tls_key_file = s.tls_key;
  o.hsts_max_age =
      std::chrono::duration_cast<std::chrono::seconds>(s.hsts_max_age);
  o.max_header_bytes = s.header_limit.bytes;
  o.max_body_bytes = s.body_limit.bytes;
  o.max_bodies_bytes = s.bodies_limit.bytes;
  o.max_connections = s.max_connections;
  o.max_streams = s.max_streams;
  o.max_waiting_queries = s.max_waiting_queries;
  o.tls_handshake_timeout = s.tls_handshake_timeout;
  o.header_timeout = s.header_timeout;
  o.body_timeout = s.body_timeout;
  o.idle_timeout = s.idle_timeout;
  o.write_timeout = s.write_timeout;
  o.head_wait = s.head_wait;
  o.ping_interval = s.ping_interval;
  o.read_patience = s.read_patience;
  o.query_threads = s.query_threads;
  return o;
}

controller_options to_controller_options(const settings& s) {
  controller_options o;
  o.max_running_turns = s.max_running_turns;
  o.passivate_after = s.passivate_after;
  o.queue_patience = s.queue_patience;
  o.min_free_bytes = s.storage_min_free.bytes;
  o.worker_threads = or_cores(s.worker_threads);
  return o;
}

} // namespace hansard
