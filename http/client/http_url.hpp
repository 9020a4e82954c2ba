#pragma once

#include "events/error.hpp"
#include "http/client/upstream_origin.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// The URL of something on the web that Hansard asks.
struct http_url {
  upstream_origin origin;
  /// As written; empty, or begins with a slash.
  std::string path;
  /// As written, without the question mark.
  std::optional<std::string> query;

  /// Of the request line: path and query, never empty.
  std::string target() const;
};

/// What a place for URLs takes.
struct url_rules {
  /// http:// to other hosts than this very machine.
  bool plain_afar = true;
  bool query = true;
  /// Ends the error about a password in the URL: ", so …".
  std::string_view password_advice{};
};

inline constexpr std::size_t max_http_url_bytes = 2'048;

/// The one reader of the URLs that Hansard calls: absolute, http or https, a
/// host, a port from 1 to 65535 or none, no user or password (which would reach
/// logs), no fragment (which is never sent), at most `max_http_url_bytes`.
/// Pure.
///
/// A host with percent escapes is refused, for its name and the Host field
/// would differ.
/// @returns invalid_request: the message goes on behind "the URL", "is not a
///          URL" for instance, and repeats nothing of the text.
result<http_url> read_http_url(std::string_view text, url_rules rules = {});

} // namespace hansard
