#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace hansard::test {

/// A response as it was on the wire.
struct raw_response {
  unsigned status = 0;
  std::string version;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  /// Chunks joined.
  std::string body;

  std::string header(const std::string& name) const {
    auto at = headers.find(name);
    return at == headers.end() ? std::string() : at->second;
  }
};

/// A blocking TCP client that sends just the bytes it is told to, and gives up
/// on any wait after 20 seconds, which fails the test.
class raw_client {
public:
  explicit raw_client(std::uint16_t port, int receive_buffer = 0);
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  ~raw_client();

  /// TLS from here on, whatever the certificate. False: the handshake failed.
  bool start_tls();

  void send(std::string_view bytes);
  void shut_down_sending();
  void close();
  /// Close with a reset.
  void abort();

  /// The head alone; its body is still to be read.
  raw_response read_head();
  /// Reads the body that `head` announces into it.
  void read_body(raw_response& head);
  raw_response read_response();
  /// The next chunk's data; empty: the last one.
  std::string read_chunk();
  /// Everything up to and with `end`.
  std::string read_until(std::string_view end);
  /// True when the server closes without another byte; a reset counts.
  bool at_end();
  std::string read_to_end();

private:
  bool fill();

  int socket_ = -1;
  ssl_ctx_st* tls_context_ = nullptr;
  ssl_st* tls_ = nullptr;
  std::string in_;
};

/// "GET path HTTP/1.1" with a Host and a key.
std::string get_request(std::string_view path, std::string_view key = {});
std::string json_request(
    std::string_view method, std::string_view path, std::string_view body,
    std::string_view key = {});

/// The request with one more field, such as "If-Match: *".
std::string with(std::string request, std::string_view header);

} // namespace hansard::test
