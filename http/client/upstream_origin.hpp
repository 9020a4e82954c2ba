#pragma once

#include "events/error.hpp"

#include <string>
#include <string_view>

namespace hansard {

/// A server: scheme, host and port. Connections are kept per origin.
struct upstream_origin {
  bool tls = false;
  /// A name or an address, without brackets.
  std::string host;
  /// Decimal, never empty.
  std::string port;
  /// The Host field's value.
  std::string authority;

  /// "http://host:port", by which the pool knows it.
  std::string key() const {
    return (tls ? "https://" : "http://") + host + ':' + port;
  }
  /// This very machine: "localhost", or an address that never leaves it.
  bool is_loopback() const;

  bool operator==(const upstream_origin&) const = default;
};

/// Where an agent's requests go.
struct upstream_target {
  upstream_origin origin;
  /// Path and query of the request line.
  std::string path;
};

/// @param base_url "http[s]://host[:port]/v1"; its query, if any, is kept (some
///        gateways want a version there).
/// @returns the target of POST {base_url}/chat/completions. upstream_failed:
///          not such a URL, or one with a password in it, which would reach
///          logs; the message does not repeat the URL.
result<upstream_target> chat_completions_target(std::string_view base_url);

} // namespace hansard
