#include "http/message/client_address.hpp"

#include "http/text/text.hpp"

#include <algorithm>
#include <charconv>

namespace hansard {

namespace {

namespace ip = boost::asio::ip;

/// One form for both versions, so that ::ffff:10.0.0.1 is 10.0.0.1.
ip::address_v6 widened(const ip::address& address) {
  return address.is_v6() ? address.to_v6()
                         : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

std::optional<ip::address> read_address(std::string_view text) {
  boost::system::error_code failed;
  auto address = ip::make_address(std::string(text), failed);
  if (failed)
    return std::nullopt;
  return address;
}

/// "192.0.2.1", "192.0.2.1:443", "[2001:db8::1]:443", "2001:db8::1".
std::optional<ip::address> read_forwarded(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == text.npos)
      return std::nullopt;
    return read_address(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1)
    text = text.substr(0, text.find(':'));
  return read_address(text);
}

} // namespace

std::optional<trusted_proxies>
trusted_proxies::parse(const std::vector<std::string>& text) {
  trusted_proxies out;
  for (std::string_view one : text) {
    auto slash = one.find('/');
    auto address = read_address(one.substr(0, slash));
    if (!address)
      return std::nullopt;
    unsigned most = address->is_v6() ? 128 : 32;
    unsigned bits = most;
    if (slash != one.npos) {
      auto digits = one.substr(slash + 1);
      auto end = digits.data() + digits.size();
      auto [stop, failed] = std::from_chars(digits.data(), end, bits);
      if (failed != std::errc{} || stop != end || bits > most)
        return std::nullopt;
    }
    out.networks_.push_back({widened(*address), bits + 128 - most});
  }
  return out;
}

bool trusted_proxies::contains(const ip::address& address) const {
  if (networks_.empty())
    return false;
  auto bytes = widened(address).to_bytes();
  return std::any_of(
      networks_.begin(), networks_.end(), [&](const network& one) {
        auto base = one.base.to_bytes();
        unsigned left = one.bits;
        for (std::size_t i = 0; left > 0; ++i) {
          auto used = std::min(left, 8u);
          auto mask = static_cast<unsigned char>(0xff << (8 - used));
          if ((base[i] & mask) != (bytes[i] & mask))
            return false;
          left -= used;
        }
        return true;
      });
}

ip::address client_address(
    const ip::address& peer, std::string_view forwarded_for,
    const trusted_proxies& proxies) {
  auto known = peer;
  while (proxies.contains(known) && !forwarded_for.empty()) {
    auto comma = forwarded_for.rfind(',');
    auto before = read_forwarded(
        comma == forwarded_for.npos ? forwarded_for
                                    : forwarded_for.substr(comma + 1));
    // What a trusted proxy did not understand, nobody vouches for.
    if (!before)
      break;
    known = *before;
    forwarded_for = comma == forwarded_for.npos
                        ? std::string_view{}
                        : forwarded_for.substr(0, comma);
  }
  return known;
}

} // namespace hansard
