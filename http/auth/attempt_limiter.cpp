#include "http/auth/attempt_limiter.hpp"

#include <algorithm>

namespace hansard {

attempt_limiter::place
attempt_limiter::place_of(const boost::asio::ip::address& address) {
  namespace ip = boost::asio::ip;
  if (address.is_v4())
    return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
  auto bytes = address.to_v6().to_bytes();
  // Who has a network has all of its addresses. IPv4 in IPv6 is one host.
  if (!address.to_v6().is_v4_mapped())
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return bytes;
}

void attempt_limiter::forget_first() {
  counts_.erase(ends_.begin()->second);
  ends_.erase(ends_.begin());
}

void attempt_limiter::forget_until(clock::time_point now) {
  while (!ends_.empty() && ends_.begin()->first <= now)
    forget_first();
  any_ = !counts_.empty();
}

std::optional<std::chrono::seconds> attempt_limiter::refused_for(
    const boost::asio::ip::address& address, clock::time_point now) {
  if (!any_)
    return std::nullopt;
  std::lock_guard lock{mutex_};
  forget_until(now);
  auto found = counts_.find(place_of(address));
  if (found == counts_.end() || found->second.failures < most_)
    return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(found->second.ends - now);
}

void attempt_limiter::failed(
    const boost::asio::ip::address& address, clock::time_point now) {
  if (most_ == 0)
    return;
  std::lock_guard lock{mutex_};
  forget_until(now);
  auto where = place_of(address);
  auto found = counts_.find(where);
  if (found == counts_.end()) {
    if (counts_.size() >= max_addresses)
      forget_first();
    found = counts_.emplace(where, count{0, now + window_}).first;
    ends_.emplace(now + window_, where);
  }
  ++found->second.failures;
  any_ = true;
}

std::size_t attempt_limiter::addresses() const {
  std::lock_guard lock{mutex_};
  return counts_.size();
}

} // namespace hansard
