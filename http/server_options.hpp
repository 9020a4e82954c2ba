#pragma once

#include "http/auth/authenticator.hpp"
#include "http/reload.hpp"
#include "http/server_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hansard {

/// How the HTTP server listens, and every limit it keeps.
struct server_options : server_limits {
  /// Address or name to listen on.
  std::string host = "127.0.0.1";
  /// 0: a free one; see server::port().
  std::uint16_t port = 8080;

  /// PEM files; both empty: plain HTTP. The certificate file may hold a chain.
  std::string tls_certificate_file;
  std::string tls_key_file;

  /// Whom the server believes.
  authentication_options authentication;

  /// Behind POST /api/admin/reload; empty: it is refused.
  reload_action reload;

  /// Threads for reads that block on disk.
  std::size_t query_threads = 2;
  /// Of each client's socket; 0: the kernel's own choice.
  std::size_t socket_send_buffer_bytes = 0;
};

} // namespace hansard
