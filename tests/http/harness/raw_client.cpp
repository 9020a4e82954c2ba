#include "tests/http/harness/raw_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>

namespace hansard::test {

raw_client::raw_client(std::uint16_t port, int receive_buffer)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  timeval limit{20, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (receive_buffer > 0)
    ::setsockopt(
        socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
}

raw_client::~raw_client() {
  if (tls_)
    SSL_free(tls_);
  if (tls_context_)
    SSL_CTX_free(tls_context_);
  close();
}

bool raw_client::start_tls() {
  tls_context_ = SSL_CTX_new(TLS_client_method());
  tls_ = SSL_new(tls_context_);
  SSL_set_fd(tls_, socket_);
  return SSL_connect(tls_) == 1;
}

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent =
        tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
             : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    // The server may have refused and closed already.
    if (sent <= 0)
      return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void raw_client::shut_down_sending() { ::shutdown(socket_, SHUT_WR); }

void raw_client::close() {
  if (socket_ >= 0)
    ::close(socket_);
  socket_ = -1;
}

void raw_client::abort() {
  linger reset{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close();
}

bool raw_client::fill() {
  char bytes[16 * 1024];
  auto got = tls_ ? SSL_read(tls_, bytes, sizeof bytes)
                  : ::recv(socket_, bytes, sizeof bytes, 0);
  if (got < 0 && !tls_ && (errno == EAGAIN || errno == EWOULDBLOCK))
    ADD_FAILURE() << "the server said nothing for 20 seconds";
  if (got <= 0)
    return false;
  in_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::string raw_client::read_until(std::string_view end) {
  std::size_t at;
  while ((at = in_.find(end)) == std::string::npos)
    if (!fill()) {
      ADD_FAILURE() << "the connection ended before \"" << end << "\", after "
                    << in_;
      return std::exchange(in_, {});
    }
  auto out = in_.substr(0, at + end.size());
  in_.erase(0, at + end.size());
  return out;
}

raw_response raw_client::read_head() {
  raw_response out;
  auto head = read_until("\r\n\r\n");
  auto line = head.substr(0, head.find("\r\n"));
  out.version = line.substr(0, line.find(' '));
  if (line.size() > out.version.size() + 1)
    out.status =
        static_cast<unsigned>(std::atoi(line.c_str() + out.version.size() + 1));
  auto at = head.find("\r\n") + 2;
  while (at < head.size() && head.compare(at, 2, "\r\n") != 0) {
    auto end = head.find("\r\n", at);
    auto field = head.substr(at, end - at);
    auto colon = field.find(": ");
    auto name = field.substr(0, colon);
    for (auto& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    EXPECT_EQ(out.headers.count(name), 0u) << name << " is there twice";
    out.headers[name] =
        colon == std::string::npos ? "" : field.substr(colon + 2);
    at = end + 2;
  }
  return out;
}

std::string raw_client::read_chunk() {
  auto line = read_until("\r\n");
  auto size = std::stoul(line.empty() ? "0" : line, nullptr, 16);
  while (in_.size() < size + 2)
    if (!fill()) {
      ADD_FAILURE() << "the connection ended in a chunk";
      return {};
    }
  auto out = in_.substr(0, size);
  EXPECT_EQ(in_.substr(size, 2), "\r\n");
  in_.erase(0, size + 2);
  return out;
}

void raw_client::read_body(raw_response& head) {
  if (head.status == 204 || head.status == 304)
    return;
  if (head.header("transfer-encoding") == "chunked") {
    for (auto piece = read_chunk(); !piece.empty(); piece = read_chunk())
      head.body += piece;
    return;
  }
  if (!head.headers.count("content-length")) {
    head.body = read_to_end();
    return;
  }
  auto size = std::stoul(head.header("content-length"));
  while (in_.size() < size && fill()) {
  }
  EXPECT_GE(in_.size(), size) << "the body is short";
  head.body = in_.substr(0, size);
  in_.erase(0, head.body.size());
}

raw_response raw_client::read_response() {
  auto out = read_head();
  read_body(out);
  return out;
}

bool raw_client::at_end() { return in_.empty() && !fill(); }

std::string raw_client::read_to_end() {
  while (fill()) {
  }
  return std::exchange(in_, {});
}

std::string get_request(std::string_view path, std::string_view key) {
  std::string out = "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n";
  if (!key.empty())
    out += "Authorization: Bearer " + std::string(key) + "\r\n";
  return out + "\r\n";
}

std::string json_request(
    std::string_view method, std::string_view path, std::string_view body,
    std::string_view key) {
  std::string out = std::string(method) + ' ' + std::string(path)
                    + " HTTP/1.1\r\nHost: h\r\nContent-Type: "
                      "application/json\r\nContent-Length: "
                    + std::to_string(body.size()) + "\r\n";
  if (!key.empty())
    out += "x-api-key: " + std::string(key) + "\r\n";
  return out + "\r\n" + std::string(body);
}

std::string with(std::string request, std::string_view header) {
  request.insert(request.find("\r\n") + 2, std::string(header) + "\r\n");
  return request;
}

} // namespace hansard::test
