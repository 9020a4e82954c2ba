#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// Addresses whose `X-Forwarded-For` is believed: those of one's own proxies.
class trusted_proxies {
public:
  /// @param text "10.0.0.0/8", "::1". nullopt: not an address or network.
  static std::optional<trusted_proxies>
  parse(const std::vector<std::string>& text);

  bool contains(const boost::asio::ip::address& address) const;

private:
  struct network {
    boost::asio::ip::address_v6 base;
    unsigned bits;
  };
  std::vector<network> networks_;
};

/// Who is at the other end: `peer`, or, where that is a trusted proxy, the last
/// address of `X-Forwarded-For` that is none. What stands before it anybody
/// can have written.
boost::asio::ip::address client_address(
    const boost::asio::ip::address& peer, std::string_view forwarded_for,
    const trusted_proxies& proxies);

} // namespace hansard
