#include "http/auth/jwks_source.hpp"
#include "tests/http/auth/test_tokens.hpp"
#include "tests/support/mock_model_server.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <future>

namespace hansard::test {
namespace {

/// An issuer's keys as they are fetched in earnest: over HTTPS.
class JwksHttpsTest : public ::testing::Test {
protected:
  JwksHttpsTest() { spdlog::set_level(spdlog::level::off); }

  static std::string key_set() {
    static const signing_key key{"EC", "trusted"};
    return R"({"keys":[)" + key.jwk() + "]}";
  }

  static mock_model_server issuer(const test_certificate& certificate) {
    return mock_model_server{{certificate, 0}};
  }

  static std::string
  url_of(const mock_model_server& server, std::string_view host = "localhost") {
    return "https://" + std::string(host) + ':' + std::to_string(server.port())
           + "/keys";
  }

  /// The ids of the keys that a source has after its first fetch.
  static std::string fetched(
      const std::string& url, const std::string& ca_file,
      std::chrono::milliseconds timeout = std::chrono::seconds{15}) {
    jwks_source::options o;
    o.url = url;
    o.ca_file = ca_file;
    o.timeout = timeout;
    auto source = jwks_source::start(std::move(o));
    EXPECT_TRUE(source);
    std::promise<void> done;
    (*source)->refetch(reply<std::monostate>{
        [&](result<std::monostate>) { done.set_value(); }});
    EXPECT_EQ(
        done.get_future().wait_for(std::chrono::seconds{20}),
        std::future_status::ready);
    std::string kids;
    for (const auto& key : *(*source)->keys())
      kids += key.kid;
    return kids;
  }
};

TEST_F(JwksHttpsTest, KeysComeFromAnIssuerWhoseAuthorityIsListed) {
  auto server = issuer(make_test_certificate());
  server.reply_always(mock_reply::json(200, key_set()));
  EXPECT_EQ(fetched(url_of(server), server.ca_file()), "trusted");
  EXPECT_EQ(fetched(url_of(server, "127.0.0.1"), server.ca_file()), "trusted");
  auto asked = server.requests().at(0);
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.target, "/keys");
  EXPECT_EQ(
      asked.headers.at("host"), "localhost:" + std::to_string(server.port()));
}

TEST_F(JwksHttpsTest, AnAuthorityThatIsNotListedIsNotBelieved) {
  auto server = issuer(make_test_certificate());
  server.reply_always(mock_reply::json(200, key_set()));
  EXPECT_EQ(fetched(url_of(server), ""), "");
  auto other = issuer(make_test_certificate());
  EXPECT_EQ(fetched(url_of(server), other.ca_file()), "");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(JwksHttpsTest, TheCertificateOfAnotherHostIsNotBelieved) {
  auto server = issuer(make_foreign_certificate());
  server.reply_always(mock_reply::json(200, key_set()));
  EXPECT_EQ(fetched(url_of(server), server.ca_file()), "");
  EXPECT_EQ(fetched(url_of(server, "127.0.0.1"), server.ca_file()), "");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(JwksHttpsTest, ACertificateThatExpiredIsNotBelieved) {
  auto server = issuer(make_expired_certificate());
  server.reply_always(mock_reply::json(200, key_set()));
  EXPECT_EQ(fetched(url_of(server), server.ca_file()), "");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(JwksHttpsTest, ARedirectIsNotFollowed) {
  auto elsewhere = issuer(make_test_certificate());
  elsewhere.reply_always(mock_reply::json(200, key_set()));
  auto server = issuer(make_test_certificate());
  for (unsigned status : {301u, 302u, 303u, 307u, 308u}) {
    server.reply(
        mock_reply::json(status, key_set(), {{"Location", url_of(elsewhere)}}));
    EXPECT_EQ(fetched(url_of(server), server.ca_file()), "") << status;
  }
  EXPECT_EQ(server.requests().size(), 5u);
  EXPECT_EQ(elsewhere.accepted(), 0u);
}

TEST_F(JwksHttpsTest, AnAnswerWithoutEndIsGivenUpAtTheBound) {
  auto server = issuer(make_test_certificate());
  auto large = std::string(max_key_set_bytes, ' ');
  server.reply(mock_reply::json(200, large + key_set()));
  EXPECT_EQ(fetched(url_of(server), server.ca_file()), "");
  auto endless =
      mock_reply::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  server.reply(endless.then("4\r\n    \r\n").endless());
  EXPECT_EQ(fetched(url_of(server), server.ca_file()), "");
  auto head = mock_reply::raw("HTTP/1.1 200 OK\r\n");
  server.reply(head.then("X: a\r\n").endless());
  EXPECT_EQ(fetched(url_of(server), server.ca_file()), "");
}

TEST_F(JwksHttpsTest, AnIssuerThatStallsIsGivenUpInTime) {
  auto server = issuer(make_test_certificate());
  auto reply = mock_reply::json(200, key_set());
  server.reply(reply.stall_after(20));
  EXPECT_EQ(
      fetched(url_of(server), server.ca_file(), std::chrono::milliseconds{200}),
      "");
}

TEST_F(JwksHttpsTest, AnAnswerThatBreaksOffIsNoKeySet) {
  auto server = issuer(make_test_certificate());
  auto reply = mock_reply::json(200, key_set());
  server.reply(reply.close_after(reply.bytes().size() - 1));
  EXPECT_EQ(fetched(url_of(server), server.ca_file()), "");
}

} // namespace
} // namespace hansard::test
