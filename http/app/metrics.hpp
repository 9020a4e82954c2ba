#pragma once

#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <string_view>

namespace hansard {

/// What the HTTP server counts. Any thread.
class http_metrics {
public:
  explicit http_metrics(std::shared_ptr<prometheus::Registry> registry);
  ~http_metrics();

  /// A request that is over, stream and all.
  void request_ended(
      std::string_view method, std::string_view route, unsigned status,
      double seconds);
  void connection_opened();
  void connection_closed();
  void stream_opened();
  void stream_closed();
  /// From a chat request's head to its first token on the socket.
  void first_token(double seconds);
  /// From a token's arrival at this server to the client's socket.
  void token_sent(double seconds);

  /// All metrics of the registry, as Prometheus reads them.
  std::string text() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace hansard
