#pragma once

#include "tests/support/test_certificate.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard::test {

/// What the mock was asked.
struct mock_request {
  std::string method;
  std::string target;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;
  /// From 1, in the order in which they were accepted.
  std::size_t connection = 0;
};

/// Holds a reply back until a test opens it. Any thread.
class mock_gate {
public:
  void open() { open_ = true; }
  bool is_open() const { return open_; }

private:
  std::atomic<bool> open_{false};
};

using mock_headers = std::vector<std::pair<std::string, std::string>>;

/// What the mock does about one request: pieces, each one write, with a wait
/// before it, and what comes behind the last one.
class mock_reply {
public:
  /// A chat completion as OpenAI streams it: role, one delta for each of
  /// `texts`, finish_reason "stop", usage, [DONE]; chunked, one event a write.
  static mock_reply stream(const std::vector<std::string>& texts);
  /// These payloads as `data:` events, chunked, one event a write.
  static mock_reply events(const std::vector<std::string>& payloads);
  /// These bytes as a chunked text/event-stream body, one write.
  static mock_reply body(std::string_view bytes);
  /// A response with Content-Length.
  static mock_reply json(
      unsigned status, std::string_view body, const mock_headers& headers = {});
  /// These bytes instead of a response.
  static mock_reply raw(std::string bytes);

  /// Adds a piece.
  mock_reply& then(std::string bytes);
  /// Waits before each piece.
  mock_reply& pace(std::chrono::milliseconds wait);
  /// Each write has at most so many bytes.
  mock_reply& in_pieces_of(std::size_t bytes);
  /// Waits for the gate before the piece of that index; the head is 0.
  mock_reply& hold(std::size_t piece, std::shared_ptr<mock_gate> gate);
  /// Sends the whole and closes the connection.
  mock_reply& then_close();
  /// Sends so many bytes only, then closes, resets, or falls silent.
  mock_reply& close_after(std::size_t bytes);
  mock_reply& reset_after(std::size_t bytes);
  mock_reply& stall_after(std::size_t bytes);
  /// Sends the last piece for ever.
  mock_reply& endless();

  std::string bytes() const;

private:
  friend class mock_connection;
  enum class ending { keep, close, reset, stall, endless };
  struct piece {
    std::string bytes;
    std::chrono::milliseconds wait{0};
    std::shared_ptr<mock_gate> gate;
  };

  void cut(std::size_t bytes);

  std::vector<piece> pieces_;
  ending ending_ = ending::keep;
};

/// A chunk of a stream as OpenAI sends it.
std::string mock_delta(std::string_view text);
std::string mock_finish(std::string_view reason);

struct mock_options {
  /// HTTPS with this certificate.
  std::optional<test_certificate> tls;
  /// Size of the socket's send buffer; 0: the system's.
  int send_buffer = 0;
};

/// A model server for tests: an HTTP/1.1 server on a free port of 127.0.0.1
/// with a thread of its own that does what it is told. Any thread.
class mock_model_server {
public:
  explicit mock_model_server(mock_options options = {});
  ~mock_model_server();

  std::uint16_t port() const;
  /// "http://127.0.0.1:PORT/v1", https with a certificate.
  std::string base_url() const;
  /// PEM file of the certificate; removed with the server.
  const std::string& ca_file() const;

  /// Answers the next request that has no answer yet.
  void reply(mock_reply next);
  /// Answers the requests for which no reply waits. Default: a short stream.
  void reply_always(mock_reply always);
  /// … by what is asked. Called on the mock's thread.
  void reply_by(std::function<mock_reply(const mock_request&)> choose);

  std::vector<mock_request> requests() const;
  /// Connections accepted so far.
  std::size_t accepted() const;
  std::size_t bytes_sent() const;

  /// Wait until it is so; false after ten seconds.
  bool wait_for_requests(std::size_t count) const;
  bool wait_for_accepted(std::size_t count) const;
  /// Connections that are over, whoever ended them.
  bool wait_for_closed(std::size_t count) const;
  /// A write finds no room: the client has stopped reading.
  bool wait_until_blocked() const;
  /// The mock closes the connections on which no request is being answered, as
  /// soon as there is one.
  bool close_idle();

private:
  friend class mock_connection;
  struct state;
  std::unique_ptr<state> state_;
};

/// Polls until `condition` holds; false after ten seconds.
bool eventually(const std::function<bool()>& condition);

} // namespace hansard::test
