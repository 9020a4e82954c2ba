#pragma once

#include "actors/secrets/secret_text.hpp"
#include "events/error.hpp"
#include "http/client/upstream_origin.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hansard {

/// A running server as an administrator names it.
struct admin_server {
  upstream_origin origin;
  /// In front of "/api/…" where the server stands behind a proxy's path;
  /// empty, or begins with a slash and ends with none.
  std::string prefix;

  /// Nobody on the way can read the key: HTTPS, or this very machine.
  bool is_private() const;
};

/// @param url "http[s]://host[:port][/prefix]".
/// @returns invalid_request: not such a URL, or one with a password, a query
///          or a fragment; the message does not repeat a password.
result<admin_server> read_admin_server(std::string_view url);

/// A key as a header can carry it: what stands around it is cut.
/// @returns invalid_request; the message does not repeat it.
result<secret_text> read_admin_key(std::string_view text);

struct admin_call {
  std::string method;
  /// Path and query, from "/api" on.
  std::string target;
  /// JSON; empty: none.
  std::string body{};
  /// An entity tag as the server gave it; empty: none (RFC 9110 §13.1.1).
  std::string if_match{};
  /// If-None-Match: * (RFC 9110 §13.1.2).
  bool only_new = false;
};

struct admin_answer {
  unsigned status = 0;
  /// JSON that was checked; empty with 204.
  std::string body;
  /// The ETag field as it came; empty: none.
  std::string etag;
};

/// Asks one server, one request at a time, over one connection that is made
/// anew where it ended. Blocks. Not for more than one thread.
///
/// What comes back is bounded and believed only as far as it is JSON; no
/// redirect is followed, since the key would go with it.
class admin_client {
public:
  struct options {
    admin_server server;
    secret_text key;
    /// PEM, besides the system's authorities; empty: those alone.
    std::string ca_file;
    /// Of each request, from the connection to the answer's last byte.
    std::chrono::milliseconds timeout{60'000};
    std::size_t max_answer_bytes = default_max_answer_bytes;
  };
  /// A page of messages is the largest answer there is: 8 MiB and one message.
  static constexpr std::size_t default_max_answer_bytes = 64u << 20;

  explicit admin_client(options o);
  ~admin_client();

  /// @returns an answer of the 2xx class. unauthenticated, forbidden,
  ///          not_found, already_exists (409), wrong_expected_version (412):
  ///          the server refused, in its own words. upstream_unavailable: it
  ///          could not be reached or gave no answer; whether a write was done
  ///          is not known then. upstream_failed: any other refusal, or an
  ///          answer that no Hansard gives.
  result<admin_answer> ask(const admin_call& call);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace hansard
