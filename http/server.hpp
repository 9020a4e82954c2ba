#pragma once

#include "actors/controller.hpp"
#include "events/error.hpp"
#include "http/server_options.hpp"
#include "http/wire/io_pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace prometheus {
class Registry;
}

namespace hansard {

/// The HTTP server: HTTP/1.1 (and 1.0), plain or TLS, over the sockets' threads
/// of an io_pool. Calls from any thread, one at a time.
///
/// Life: start(); then to end it begin_drain(), the controller's drain(),
/// close(). The pool must outlive the controller, and both the server.
class server {
public:
  /// Listens and serves from now on.
  /// @returns invalid_request: the address can't be listened on, or the
  ///          certificate or key can't be used; the message says why.
  static result<std::unique_ptr<server>> start(
      server_options options, io_pool& pool, controller& actors,
      std::shared_ptr<prometheus::Registry> registry);

  /// close() without waiting.
  ~server();

  /// What use() puts in force: built and checked, and nothing changed so far.
  struct change;
  /// @param options limits, authentication and TLS files count; the rest is as
  ///        it was at start().
  /// @param new_callers false: whom the server believes stays as it is, with
  ///        what it has fetched and counted.
  /// @returns invalid_request: as start() does, or TLS would begin or end.
  result<std::shared_ptr<change>>
  prepare(const server_options& options, bool new_callers) const;
  /// For connections and requests that come from now on. Any thread.
  void use(const std::shared_ptr<change>& what);

  /// The port it listens on.
  std::uint16_t port() const;

  /// New connections are refused by the kernel from now on.
  void stop_accepting();

  /// stop_accepting(); /readyz says no, idle connections close, the others
  /// after the response that they are at. New turns are refused by the
  /// controller, not here.
  void begin_drain();

  /// Waits until the last connection has ended, at most `patience`; then ends
  /// the rest and returns.
  void close(std::chrono::milliseconds patience);

  std::size_t open_connections() const;

private:
  struct impl;
  explicit server(std::shared_ptr<impl> i);
  std::shared_ptr<impl> impl_;
};

} // namespace hansard
