#include "http/auth/attempt_limiter.hpp"
#include "http/auth/credential_cache.hpp"
#include "http/message/client_address.hpp"
#include "http/message/exchange.hpp"
#include "http/message/origin_check.hpp"

#include <gtest/gtest.h>

namespace hansard::test {
namespace {

using std::chrono::seconds;
namespace ip = boost::asio::ip;

ip::address at(const char* text) { return ip::make_address(text); }

class AttemptLimiterTest : public ::testing::Test {
protected:
  void fail(const char* who, int times = 1) {
    while (times-- > 0)
      limiter.failed(at(who), now);
  }
  bool refused(const char* who) {
    return limiter.refused_for(at(who), now).has_value();
  }
  attempt_limiter limiter{3, seconds{60}};
  attempt_limiter::clock::time_point now{};
};

TEST_F(AttemptLimiterTest, TheLimitIsReachedAndRunsOut) {
  fail("192.0.2.1", 2);
  EXPECT_FALSE(refused("192.0.2.1"));
  now += seconds{50};
  fail("192.0.2.1");
  EXPECT_EQ(limiter.refused_for(at("192.0.2.1"), now), seconds{10});
  EXPECT_FALSE(refused("192.0.2.2"));
  now += seconds{10};
  EXPECT_FALSE(refused("192.0.2.1"));
  EXPECT_EQ(limiter.addresses(), 0u);
}

TEST_F(AttemptLimiterTest, ANetworkOfIPv6IsOneClient) {
  fail("2001:db8::1", 2);
  fail("2001:db8::ffff:2");
  EXPECT_TRUE(refused("2001:db8::3"));
  EXPECT_FALSE(refused("2001:db8:0:1::1"));
  fail("::ffff:192.0.2.1", 3);
  EXPECT_TRUE(refused("192.0.2.1"));
  EXPECT_FALSE(refused("192.0.2.2"));
}

TEST_F(AttemptLimiterTest, AddressesAreBounded) {
  fail("192.0.2.1", 3);
  now += seconds{1};
  for (unsigned i = 0; i < attempt_limiter::max_addresses + 10; ++i)
    limiter.failed(ip::address_v4{0x0a000000u + i}, now);
  EXPECT_EQ(limiter.addresses(), attempt_limiter::max_addresses);
  EXPECT_FALSE(refused("192.0.2.1")) << "it would have run out first";
}

TEST_F(AttemptLimiterTest, WithoutALimitNothingIsKept) {
  attempt_limiter none{0, seconds{60}};
  none.failed(at("192.0.2.1"), now);
  EXPECT_FALSE(none.refused_for(at("192.0.2.1"), now));
  EXPECT_EQ(none.addresses(), 0u);
}

std::string client(const char* peer, const char* forwarded) {
  auto proxies = trusted_proxies::parse({"10.0.0.0/8", "::1", "192.0.2.7"});
  return client_address(at(peer), forwarded, *proxies).to_string();
}

TEST(ClientAddressTest, OnlyTrustedProxiesAreBelieved) {
  EXPECT_EQ(client("198.51.100.1", "203.0.113.9"), "198.51.100.1");
  EXPECT_EQ(client("10.1.2.3", "203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(client("::1", "203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(client("::ffff:10.0.0.1", "203.0.113.9"), "203.0.113.9");
  EXPECT_EQ(client("192.0.2.8", "203.0.113.9"), "192.0.2.8");
}

TEST(ClientAddressTest, TheLastUntrustedAddressCounts) {
  EXPECT_EQ(
      client("10.1.2.3", "1.1.1.1, 203.0.113.9, 10.0.0.5"), "203.0.113.9");
  EXPECT_EQ(client("10.1.2.3", "10.0.0.4"), "10.0.0.4");
  EXPECT_EQ(client("10.1.2.3", ""), "10.1.2.3");
}

TEST(ClientAddressTest, PortsAndBracketsAreRead) {
  EXPECT_EQ(client("10.1.2.3", "203.0.113.9:4711"), "203.0.113.9");
  EXPECT_EQ(client("10.1.2.3", "[2001:db8::1]:443"), "2001:db8::1");
  EXPECT_EQ(client("10.1.2.3", "2001:db8::1"), "2001:db8::1");
}

TEST(ClientAddressTest, WhatIsNoAddressStopsTheSearch) {
  for (auto junk : {"unknown", "1.1.1.1, x", ",", "[", "_hidden"})
    EXPECT_EQ(client("10.1.2.3", junk), "10.1.2.3") << junk;
}

request_head post(std::string origin, std::string site = {}) {
  request_head head;
  head.method = "POST";
  head.host = "chat.example:8443";
  head.origin = std::move(origin);
  head.sec_fetch_site = std::move(site);
  return head;
}

TEST(OriginCheckTest, OwnPagesAndListedOnesWrite) {
  const std::vector<std::string> listed{"https://app.example"};
  EXPECT_TRUE(is_own_write(post("", "same-origin"), {}));
  EXPECT_TRUE(is_own_write(post("", "none"), {}));
  EXPECT_TRUE(is_own_write(post("https://chat.example:8443"), {}));
  EXPECT_TRUE(is_own_write(post(""), {})) << "no browser";
  EXPECT_TRUE(is_own_write(post("https://app.example", "cross-site"), listed));
  EXPECT_FALSE(is_own_write(post("https://app.example", "cross-site"), {}));
  EXPECT_FALSE(is_own_write(post("", "cross-site"), listed));
  EXPECT_FALSE(is_own_write(post("", "same-site"), listed));
  for (auto other :
       {"null", "https://chat.example", "https://chat.example:8443.evil",
        "https://evil/https://chat.example:8443", "chat.example:8443", "*"})
    EXPECT_FALSE(is_own_write(post(other), listed)) << other;
  auto hostless = post("://");
  hostless.host.clear();
  EXPECT_FALSE(is_own_write(hostless, {}));
}

TEST(OriginCheckTest, PreflightsAreForListedOrigins) {
  auto head = post("https://app.example");
  head.method = "OPTIONS";
  EXPECT_FALSE(preflight_headers(head, "POST", {"https://app.example"}));
  head.requested_method = "POST";
  EXPECT_TRUE(preflight_headers(head, "POST", {"https://app.example"}));
  EXPECT_FALSE(preflight_headers(head, "POST", {"https://other.example"}));
}

class CredentialCacheTest : public ::testing::Test {
protected:
  /// All in one shard, which has two places.
  static credential_cache::digest digest(std::uint8_t n) {
    credential_cache::digest d{};
    d[0] = n;
    return d;
  }
  void keep(std::uint8_t n) {
    claimed_identity who;
    who.user = std::to_string(n);
    cache.keep(
        digest(n), std::make_shared<const claimed_identity>(who),
        now + seconds{10});
  }
  std::string find(std::uint8_t n) {
    auto found = cache.find(digest(n), now);
    return found ? found->user : "";
  }
  credential_cache cache{32};
  timestamp now = from_unix_us(1'000'000);
};

TEST_F(CredentialCacheTest, TheOneNotAskedForLongestGoes) {
  keep(1);
  keep(2);
  EXPECT_EQ(find(1), "1");
  keep(3);
  EXPECT_EQ(find(1), "1");
  EXPECT_EQ(find(2), "");
  EXPECT_EQ(find(3), "3");
  EXPECT_EQ(cache.size(), 2u);
}

TEST_F(CredentialCacheTest, WhatIsOverIsForgotten) {
  keep(1);
  now += seconds{10};
  EXPECT_EQ(find(1), "");
  EXPECT_EQ(cache.size(), 0u);
}

} // namespace
} // namespace hansard::test
