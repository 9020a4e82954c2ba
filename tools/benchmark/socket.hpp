#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace hansard::benchmark {

/// A file descriptor that closes itself; -1: none.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~descriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1);

private:
  int fd_ = -1;
};

/// An IPv4 address of this machine's loopback: nothing else is ever a target.
struct loopback_address {
  std::uint32_t host = 0x7f000001;
  std::uint16_t port = 0;

  /// Reads "127.0.0.1:8080", also "http://127.0.0.1:8080/…".
  /// Throws std::invalid_argument for anything outside 127.0.0.0/8.
  static loopback_address parse(std::string_view text);
  std::string to_string() const;
};

/// Listens, non-blocking; `address.port` 0 picks a free one and is set to it.
/// Throws std::system_error.
descriptor listen_on(loopback_address& address);

/// A non-blocking connection under way; epoll tells when it is there.
/// Throws std::system_error.
descriptor connect_to(const loopback_address& address);

/// The next waiting connection, non-blocking and with TCP_NODELAY; none: empty.
descriptor accept_from(int listener);

/// 0: the connection is there; else errno.
int connect_outcome(int fd);

/// The hard limit of descriptors.
std::uint64_t descriptor_limit();

/// Raises the soft limit to it. For the two ends of a load; a server under test
/// gets the limits that it would get from an operator.
void raise_descriptor_limit();

/// epoll with the caller's pointer as tag, and waits in nanoseconds.
class epoll_set {
public:
  epoll_set();
  void add(int fd, std::uint32_t events, void* tag);
  void modify(int fd, std::uint32_t events, void* tag);
  /// @param timeout_ns negative: for ever; 0: only looks.
  std::span<epoll_event> wait(std::int64_t timeout_ns);

private:
  descriptor fd_;
  epoll_event events_[512];
};

} // namespace hansard::benchmark
