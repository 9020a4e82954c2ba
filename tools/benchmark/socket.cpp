#include "tools/benchmark/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>

namespace hansard::benchmark {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in native(const loopback_address& address) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_addr.s_addr = htonl(address.host);
  out.sin_port = htons(address.port);
  return out;
}

void set_flag(int fd, int level, int name) {
  const int on = 1;
  setsockopt(fd, level, name, &on, sizeof on);
}

} // namespace

void descriptor::reset(int fd) {
  if (fd_ >= 0)
    close(fd_);
  fd_ = fd;
}

loopback_address loopback_address::parse(std::string_view text) {
  const std::string whole(text);
  if (text.starts_with("http://"))
    text.remove_prefix(7);
  text = text.substr(0, text.find('/'));
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    throw std::invalid_argument("no port in " + whole);
  const std::string host(text.substr(0, colon));
  const auto port = text.substr(colon + 1);
  loopback_address out;
  in_addr raw{};
  if (inet_pton(AF_INET, host.c_str(), &raw) != 1
      || (ntohl(raw.s_addr) >> 24) != 127)
    throw std::invalid_argument("not a loopback address: " + whole);
  out.host = ntohl(raw.s_addr);
  if (std::from_chars(port.data(), port.data() + port.size(), out.port).ec
      != std::errc{})
    throw std::invalid_argument("no port in " + whole);
  return out;
}

std::string loopback_address::to_string() const {
  char host[INET_ADDRSTRLEN] = {};
  const in_addr raw{htonl(this->host)};
  inet_ntop(AF_INET, &raw, host, sizeof host);
  return std::string(host) + ":" + std::to_string(port);
}

descriptor listen_on(loopback_address& address) {
  descriptor fd{socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd)
    fail("socket");
  set_flag(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  auto name = native(address);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0)
    fail("bind");
  if (listen(fd.get(), 4096) != 0)
    fail("listen");
  socklen_t size = sizeof name;
  if (getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0)
    fail("getsockname");
  address.port = ntohs(name.sin_port);
  return fd;
}

descriptor connect_to(const loopback_address& address) {
  descriptor fd{socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!fd)
    fail("socket");
  set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  auto name = native(address);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0
      && errno != EINPROGRESS)
    fail("connect");
  return fd;
}

descriptor accept_from(int listener) {
  descriptor fd{
      accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
  if (fd)
    set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
  return fd;
}

int connect_outcome(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error
                                                                  : errno;
}

std::uint64_t descriptor_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 1024;
}

void raise_descriptor_limit() {
  const auto hard = descriptor_limit();
  const rlimit limit{hard, hard};
  setrlimit(RLIMIT_NOFILE, &limit);
}

epoll_set::epoll_set() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!fd_)
    fail("epoll_create1");
}

void epoll_set::add(int fd, std::uint32_t events, void* tag) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = tag;
  if (epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    fail("epoll_ctl");
}

void epoll_set::modify(int fd, std::uint32_t events, void* tag) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = tag;
  if (epoll_ctl(fd_.get(), EPOLL_CTL_MOD, fd, &event) != 0)
    fail("epoll_ctl");
}

std::span<epoll_event> epoll_set::wait(std::int64_t timeout_ns) {
  timespec timeout{};
  timeout.tv_sec = timeout_ns / 1'000'000'000;
  timeout.tv_nsec = timeout_ns % 1'000'000'000;
  const int n = epoll_pwait2(
      fd_.get(), events_, std::size(events_),
      timeout_ns < 0 ? nullptr : &timeout, nullptr);
  if (n < 0 && errno != EINTR)
    fail("epoll_pwait2");
  return {events_, static_cast<std::size_t>(n < 0 ? 0 : n)};
}

} // namespace hansard::benchmark
