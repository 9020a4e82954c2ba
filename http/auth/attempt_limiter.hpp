#pragma once

#include <boost/asio/ip/address.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>

namespace hansard {

/// Counts failed attempts to authenticate by address, in windows of fixed
/// length that begin with the first failure; an IPv6 client is its /64. Bounded
/// in addresses: when all places are taken and none has run out, the one that
/// runs out first is forgotten. Thread-safe.
class attempt_limiter {
public:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t max_addresses = 65'536;

  /// @param most failures in a window; 0: no limit.
  attempt_limiter(std::size_t most, std::chrono::milliseconds window)
      : most_(most),
        window_(window) {}

  /// For how long the address is to be refused; nullopt: it is not. A look at
  /// an atomic while nobody has failed.
  std::optional<std::chrono::seconds>
  refused_for(const boost::asio::ip::address& address, clock::time_point now);

  void failed(const boost::asio::ip::address& address, clock::time_point now);

  std::size_t addresses() const;

private:
  using place = std::array<unsigned char, 16>;
  struct count {
    std::size_t failures = 0;
    clock::time_point ends;
  };
  static place place_of(const boost::asio::ip::address& address);
  void forget_until(clock::time_point now);
  void forget_first();

  const std::size_t most_;
  const std::chrono::milliseconds window_;
  std::atomic<bool> any_{false};
  mutable std::mutex mutex_;
  std::map<place, count> counts_;
  /// By when they run out.
  std::multimap<clock::time_point, place> ends_;
};

} // namespace hansard
