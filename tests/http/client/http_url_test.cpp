#include "http/client/http_url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hansard {
namespace {

struct good_url {
  std::string text;
  std::string key;
  std::string host;
  std::string authority;
  std::string target;
};

TEST(HttpUrlTest, AUrlIsTakenApart) {
  const std::vector<good_url> table{
      {"http://h.example", "http://h.example:80", "h.example", "h.example",
       "/"},
      {"https://h.example/", "https://h.example:443", "h.example", "h.example",
       "/"},
      {"HTTPS://h_1.example:8443/a//b?c=d&e", "https://h_1.example:8443",
       "h_1.example", "h_1.example:8443", "/a//b?c=d&e"},
      {"http://[::1]:8000/v1", "http://::1:8000", "::1", "[::1]:8000", "/v1"},
      {"http://10.0.0.1:80", "http://10.0.0.1:80", "10.0.0.1", "10.0.0.1:80",
       "/"},
      // An empty port is none (RFC 3986 §6.2.3).
      {"http://h:/x", "http://h:80", "h", "h", "/x"},
      {"http://h:0080/x", "http://h:80", "h", "h:80", "/x"},
      // A request line needs its slash.
      {"http://h?a=b", "http://h:80", "h", "h", "/?a=b"},
      {"http://h/%2F%20?", "http://h:80", "h", "h", "/%2F%20?"}};
  for (const auto& row : table) {
    const auto url = read_http_url(row.text);
    ASSERT_TRUE(url) << row.text << ' ' << url.error().message;
    EXPECT_EQ(url->origin.key(), row.key) << row.text;
    EXPECT_EQ(url->origin.host, row.host) << row.text;
    EXPECT_EQ(url->origin.authority, row.authority) << row.text;
    EXPECT_EQ(url->target(), row.target) << row.text;
  }
}

TEST(HttpUrlTest, WhatNobodyCouldCallIsRefused) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"", "is not a URL"},
      {"h.example/v1", "is not a URL"},
      {"127.0.0.1:8080", "is not a URL"},
      {"/path", "is not a URL"},
      {"http://a b/", "is not a URL"},
      {"http://h/\r\nx", "is not a URL"},
      {std::string("http://h/\0", 10), "is not a URL"},
      {"http://h\xc3\xa4/", "is not a URL"},
      {"ftp://h", "does not begin with http:// or https://"},
      {"mailto:ann@h", "does not begin with http:// or https://"},
      {"http:/v1", "names no host"},
      {"http://", "names no host"},
      {"http:///v1", "names no host"},
      {"http://:80/", "names no host"},
      {"http://h%0d%0a.example/", "has a host with percent escapes"},
      {"http://u:geheim@h/", "has a user or password in it"},
      {"http://geheim@h/", "has a user or password in it"},
      {"http://@h/", "has a user or password in it"},
      {"http://h:port", "has a port that is not a number from 1 to 65535"},
      {"http://h:8080x/", "has a port that is not a number from 1 to 65535"},
      {"http://h:0/", "has a port that is not a number from 1 to 65535"},
      {"http://h:65536/", "has a port that is not a number from 1 to 65535"},
      {"http://h:99999999999999999999/",
       "has a port that is not a number from 1 to 65535"},
      {"http://h/#geheim", "has a query or a fragment"},
      {"http://h/" + std::string(max_http_url_bytes, 'a'), "is too long"}};
  for (const auto& [text, why] : table) {
    const auto url = read_http_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ec::invalid_request) << text;
    EXPECT_EQ(url.error().message, why) << text;
  }
}

TEST(HttpUrlTest, RulesTakeLess) {
  EXPECT_FALSE(read_http_url("http://h/?a", {.query = false}));
  EXPECT_FALSE(read_http_url("http://h/?", {.query = false}));
  EXPECT_TRUE(read_http_url("http://h/a", {.query = false}));
  EXPECT_EQ(
      read_http_url("http://a:b@h/", {.password_advice = "; use a key"})
          .error()
          .message,
      "has a user or password in it; use a key");
}

TEST(HttpUrlTest, PlainHttpIsSpokenToThisMachineAlone) {
  for (const auto* text :
       {"http://localhost/", "http://127.0.0.1:1/", "http://127.8.9.1/",
        "http://[::1]/", "https://h.example/"})
    EXPECT_TRUE(read_http_url(text, {.plain_afar = false})) << text;
  // A name may begin as an address does.
  for (const auto* text :
       {"http://h.example/", "http://127.example/", "http://127.0.0.1.example/",
        "http://localhost.example/", "http://[::2]/", "http://0.0.0.0/",
        "http://10.0.0.1/"})
    EXPECT_FALSE(read_http_url(text, {.plain_afar = false})) << text;
}

} // namespace
} // namespace hansard
