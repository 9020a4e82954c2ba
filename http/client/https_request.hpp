#pragma once

#include "http/client/tls_trust.hpp"
#include "http/client/upstream_origin.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard {

struct https_request {
  std::string method = "GET";
  /// Path and query.
  std::string target = "/";
  /// Besides Host, User-Agent (unless it is here), Content-Length and
  /// Connection, which the client writes.
  std::vector<std::pair<std::string, std::string>> fields{};
  std::string body{};
};

struct https_answer {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  /// The first of that name, whatever its case; empty: there is none.
  std::string_view field(std::string_view name) const;
};

struct https_failure {
  enum class cause {
    /// The request can't be sent: a line end in a field, for instance.
    unsendable,
    /// cancel() was called.
    cancelled,
    /// The time ran out.
    timed_out,
    /// The host has no address, or takes no connection.
    unreachable,
    /// The certificate authorities of this side can't be read.
    no_trust,
    /// The certificate is of nobody who is trusted, or of another host.
    untrusted,
    /// Any other trouble with TLS.
    tls,
    /// The connection ended before the answer's end.
    broken,
    too_large,
    /// What came is not HTTP.
    malformed,
  };
  cause what = cause::broken;
  /// In some words, without a full stop.
  std::string why;
  /// The server may have got the request, and done it.
  bool sent = false;
};

[[noreturn]] void throw_exception_from_error(
    const https_failure& e, const boost::source_location& where);

using https_result = boost::system::result<https_answer, https_failure>;

/// Asks one server, one request at a time, and waits for the answer: for calls
/// that may block their thread, as fetching keys, exporting and administering
/// do. HTTP/1.1, with TLS where the origin says so; then the certificate is
/// verified, its host too. No redirect is followed: what the fields hold would
/// go with it.
///
/// ask() is for one thread at a time, cancel() for any.
class https_client {
public:
  struct options {
    upstream_origin origin;
    /// Whom to trust; may be shared. Null: the system's authorities.
    std::shared_ptr<upstream_tls> trust{};
    /// Of one request, from the look-up of the name to the answer's last byte.
    std::chrono::milliseconds timeout{5'000};
    /// Of an answer's body.
    std::size_t max_body_bytes = 1u << 20;
    /// Whether the connection waits for the next request. If the server has
    /// ended it meanwhile, a GET is sent again on a new one (RFC 9110 §9.2.2).
    bool keep_alive = false;
  };

  explicit https_client(options o);
  ~https_client();

  /// @returns the answer, whatever its status; interim ones (1xx) are passed
  ///          over. Throws nothing but std::bad_alloc.
  https_result ask(const https_request& request);

  /// Ends the request under way at once (but for a look-up of a name in the
  /// system's resolver, which can't be ended), and refuses all that follow.
  void cancel();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace hansard
