#pragma once

#include "tools/benchmark/socket.hpp"
#include "tools/benchmark/wire.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hansard::benchmark {

/// What a GET brought, and when.
struct reply {
  int status = 0;
  std::string body;
  /// From the write of the request to the first "data:" of the body, and to
  /// the body's end. No "data:": nullopt.
  std::optional<std::chrono::nanoseconds> first_data;
  std::chrono::nanoseconds whole{0};
};

/// One keep-alive connection that blocks: for rows that measure one thing at a
/// time. Throws std::runtime_error where the server goes away or falls silent.
class client {
public:
  /// @param receive_buffer bytes that the kernel may hold; 0: its own choice.
  client(
      const loopback_address& address, std::string key, int receive_buffer = 0);

  reply get(std::string_view path);
  /// Asks, and reads nothing.
  void ask(std::string_view path);

private:
  descriptor socket_;
  std::string key_;
};

} // namespace hansard::benchmark
