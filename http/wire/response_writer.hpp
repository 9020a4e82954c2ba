#pragma once

#include "http/message/exchange.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// How an answer is sent on this connection.
struct response_framing {
  /// Of the request: 10 or 11.
  unsigned version = 11;
  bool keep_alive = true;
  /// The request was HEAD: the body is counted, not sent.
  bool head_only = false;
  /// What a browser is told about HTTPS (RFC 6797); 0: nothing, as §7.2 wants
  /// it on plain HTTP.
  std::chrono::seconds hsts_max_age{0};
};

/// The bytes of a response with `r.body`. Header values with line breaks are
/// left out rather than sent. Pure but for the clock of `Date`.
std::string to_bytes(
    const response& r, std::string_view request_id,
    const response_framing& how);

/// Only the head of a response whose body comes in pieces: chunked for
/// HTTP/1.1, ended by closing for HTTP/1.0.
std::string to_stream_head(
    const response& r, std::string_view request_id,
    const response_framing& how);

/// Room in front of a chunk's data for its size, filled in by close_chunk().
inline constexpr std::size_t chunk_room = 10;
/// Writes the chunk header in front of out[at + chunk_room …] and the line end
/// behind it. @returns the first byte of the header.
std::size_t close_chunk(std::string& out, std::size_t at);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

} // namespace hansard
