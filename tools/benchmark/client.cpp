#include "tools/benchmark/client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace hansard::benchmark {

namespace {

using clock = std::chrono::steady_clock;

constexpr int patience_ms = 30'000;

void await_connection(int fd) {
  pollfd wanted{fd, POLLOUT, 0};
  if (poll(&wanted, 1, patience_ms) != 1 || connect_outcome(fd) != 0)
    throw std::runtime_error("no connection to the server");
}

void make_blocking(int fd) {
  const timeval patience{patience_ms / 1000, 0};
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) != 0
      || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience)
             != 0)
    throw std::runtime_error("a socket can't be set up");
}

} // namespace

client::client(
    const loopback_address& address, std::string key, int receive_buffer)
    : socket_(connect_to(address)),
      key_(std::move(key)) {
  if (receive_buffer > 0
      && setsockopt(
             socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer,
             sizeof receive_buffer)
             != 0)
    throw std::runtime_error("a socket can't be set up");
  await_connection(socket_.get());
  make_blocking(socket_.get());
}

void client::ask(std::string_view path) {
  std::string request = "GET ";
  request.append(path).append(" HTTP/1.1\r\nHost: bench\r\n");
  request.append("Authorization: Bearer ").append(key_).append("\r\n\r\n");
  if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(request.size()))
    throw std::runtime_error("the server takes no request");
}

reply client::get(std::string_view path) {
  const auto began = clock::now();
  ask(path);
  reply out;
  std::string raw;
  std::array<char, 64 * 1024> buffer;
  std::optional<http_head> head;
  chunked_decoder body;
  for (bool done = false; !done;) {
    const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0)
      throw std::runtime_error("the server broke off, or fell silent");
    std::string_view bytes{buffer.data(), static_cast<std::size_t>(size)};
    if (!head) {
      raw.append(bytes);
      head = read_head(raw);
      if (!head)
        continue;
      bytes = std::string_view(raw).substr(head->size);
    }
    if (head->chunked) {
      const auto state = body.feed(
          bytes, [&out](std::string_view piece) { out.body += piece; });
      if (state == chunked_decoder::state::broken)
        throw std::runtime_error("the server's chunks are broken");
      done = state == chunked_decoder::state::done;
    } else {
      out.body += bytes;
      done = out.body.size() >= head->content_length.value_or(0);
    }
    if (!out.first_data && out.body.find("data:") != std::string::npos)
      out.first_data = clock::now() - began;
  }
  out.whole = clock::now() - began;
  out.status = head->status;
  return out;
}

} // namespace hansard::benchmark
