#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hansard {

/// What the server keeps of a request's head.
struct request_head {
  /// As sent: "GET".
  std::string method;
  std::string target;
  /// 10 or 11.
  unsigned version = 11;
  bool keep_alive = true;
  bool has_body = false;
  bool expects_continue = false;
  /// Announced by Content-Length.
  std::optional<std::uint64_t> content_length;

  std::string authorization;
  std::string api_key;
  std::string content_type;
  std::string content_encoding;
  std::string request_id;
  std::string last_event_id;
  std::string idempotency_key;
  std::string traceparent;

  std::string cookie;
  std::string host;
  std::string origin;
  std::string sec_fetch_site;
  std::string forwarded_for;
  /// nullopt: the field is not there.
  std::optional<std::string> if_match;
  std::optional<std::string> if_none_match;
  /// Of a preflight: Access-Control-Request-Method.
  std::string requested_method;
  /// Of a preflight: Access-Control-Request-Headers.
  std::string requested_headers;
};

} // namespace hansard
