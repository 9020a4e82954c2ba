#include "tests/http/harness/server_fixture.hpp"

namespace hansard::test {
namespace {

/// What OWASP's REST Security Cheat Sheet has an API answer, on answers of all
/// kinds, those to what is no request at all among them.
class SecurityHeadersTest : public ServerTest {
protected:
  static void expect_them(const raw_response& r) {
    EXPECT_EQ(r.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(
        r.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(r.header("referrer-policy"), "no-referrer");
    EXPECT_NE(r.header("cache-control").find("no-store"), std::string::npos);
    EXPECT_EQ(r.headers.count("access-control-allow-origin"), 0u);
    EXPECT_EQ(r.headers.count("x-powered-by"), 0u);
    EXPECT_EQ(r.header("server"), "hansard");
  }
};

TEST_F(SecurityHeadersTest, EveryAnswerHasThem) {
  for (auto path : {"/", "/healthz", "/metrics", "/api/agents", "/api/users"})
    expect_them(get(path));
  for (std::string request :
       {"GET /api/agents HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n",
        "PUT /api/chat HTTP/1.1\r\nHost: h\r\n\r\n",
        "OPTIONS /api/chat HTTP/1.1\r\nHost: h\r\n\r\n",
        "OPTIONS /api/chat HTTP/1.1\r\nHost: h\r\nOrigin: https://evil.example"
        "\r\nAccess-Control-Request-Method: POST\r\n\r\n",
        "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"})
    expect_them(ask(request));
}

TEST_F(SecurityHeadersTest, AStreamHasThemToo) {
  auto client = connect();
  client.send(chat_request_bytes());
  actors.attached(0).sink->finish();
  expect_them(client.read_response());
}

TEST_F(SecurityHeadersTest, WhatIsSentIsNeverTakenForAPage) {
  for (auto path : {"/", "/healthz", "/metrics", "/nowhere", "/api/agents"})
    EXPECT_EQ(get(path).header("content-type").find("html"), std::string::npos)
        << path;
}

} // namespace
} // namespace hansard::test
