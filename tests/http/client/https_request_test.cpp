#include "http/client/http_url.hpp"
#include "http/client/https_request.hpp"
#include "tests/support/mock_model_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <string>

namespace hansard::test {
namespace {

using cause = https_failure::cause;
using std::chrono::milliseconds;

class HttpsRequestTest : public ::testing::Test {
protected:
  static mock_model_server server_of(const test_certificate& certificate) {
    return mock_model_server{{certificate, 0}};
  }

  static https_client::options options_for(
      const mock_model_server& server, const std::string& scheme = "https",
      const std::string& host = "localhost") {
    https_client::options o;
    const auto url =
        scheme + "://" + host + ':' + std::to_string(server.port());
    o.origin = read_http_url(url)->origin;
    if (scheme == "https")
      o.trust = std::make_shared<upstream_tls>(server.ca_file());
    o.timeout = std::chrono::seconds{15};
    o.max_body_bytes = 1000;
    return o;
  }

  static cause cause_of(const https_result& asked) {
    EXPECT_FALSE(asked) << asked->status;
    EXPECT_NE(asked.error().why, "");
    return asked.error().what;
  }
};

TEST_F(HttpsRequestTest, AnAnswerIsGivenWhateverItsStatus) {
  auto server = server_of(make_test_certificate());
  https_client client{options_for(server)};
  server.reply(mock_reply::json(200, "{}", {{"X-One", "1"}}));
  server.reply(
      mock_reply::json(307, "moved", {{"Location", "https://h.example/"}}));
  server.reply(mock_reply::json(500, "broken"));
  const auto good = client.ask(
      {.method = "POST",
       .target = "/v1/logs?a=b",
       .fields = {{"Content-Type", "application/json"}, {"Host", "mallory"}},
       .body = "[1]"});
  ASSERT_TRUE(good) << good.error().why;
  EXPECT_EQ(good->status, 200u);
  EXPECT_EQ(good->body, "{}");
  EXPECT_EQ(good->field("x-one"), "1");
  EXPECT_EQ(good->field("x-two"), "");
  const auto asked = server.requests().at(0);
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(asked.target, "/v1/logs?a=b");
  EXPECT_EQ(asked.body, "[1]");
  EXPECT_EQ(asked.headers.at("content-type"), "application/json");
  EXPECT_EQ(asked.headers.at("content-length"), "3");
  EXPECT_EQ(asked.headers.at("connection"), "close");
  EXPECT_EQ(
      asked.headers.at("host"), "localhost:" + std::to_string(server.port()));
  EXPECT_EQ(client.ask({})->status, 307u);
  EXPECT_EQ(client.ask({})->status, 500u);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(HttpsRequestTest, PlainHttpIsSpokenWhereTheOriginSaysSo) {
  mock_model_server server;
  server.reply(
      mock_reply::raw("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  https_client client{options_for(server, "http", "127.0.0.1")};
  const auto answer = client.ask({});
  ASSERT_TRUE(answer) << answer.error().why;
  EXPECT_EQ(answer->status, 200u);
  EXPECT_EQ(answer->body, "ok");
}

TEST_F(HttpsRequestTest, ACertificateOfSomebodyElseIsRefusedUnasked) {
  for (const auto& certificate :
       {make_foreign_certificate(), make_expired_certificate()}) {
    auto server = server_of(certificate);
    for (const auto* host : {"localhost", "127.0.0.1"}) {
      https_client client{options_for(server, "https", host)};
      const auto asked = client.ask({});
      EXPECT_EQ(cause_of(asked), cause::untrusted) << host;
      EXPECT_FALSE(asked.error().sent);
    }
    EXPECT_TRUE(server.requests().empty());
  }
}

TEST_F(HttpsRequestTest, AnAuthorityThatIsNotListedIsRefusedUnasked) {
  auto server = server_of(make_test_certificate());
  auto o = options_for(server);
  o.trust = nullptr;
  https_client client{o};
  EXPECT_EQ(cause_of(client.ask({})), cause::untrusted);
  o.trust = std::make_shared<upstream_tls>("/no/such/file");
  https_client other{o};
  EXPECT_EQ(cause_of(other.ask({})), cause::no_trust);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpsRequestTest, AServerWithoutTlsIsNotAskedInPlainText) {
  mock_model_server plain;
  https_client client{options_for(plain)};
  EXPECT_EQ(cause_of(client.ask({})), cause::tls);
  EXPECT_TRUE(plain.requests().empty());
}

TEST_F(HttpsRequestTest, AnAnswerOverItsBoundIsRefused) {
  auto server = server_of(make_test_certificate());
  https_client client{options_for(server)};
  server.reply(mock_reply::json(200, std::string(1000, 'a')));
  EXPECT_EQ(client.ask({})->body.size(), 1000u);
  server.reply(mock_reply::json(200, std::string(1001, 'a')));
  EXPECT_EQ(cause_of(client.ask({})), cause::too_large);
  auto endless =
      mock_reply::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  server.reply(endless.then("4\r\nabcd\r\n").endless());
  EXPECT_EQ(cause_of(client.ask({})), cause::too_large);
  auto head = mock_reply::raw("HTTP/1.1 200 OK\r\n");
  server.reply(head.then("X: a\r\n").endless());
  EXPECT_EQ(cause_of(client.ask({})), cause::malformed);
  auto interim = mock_reply::raw("HTTP/1.1 100 Continue\r\n\r\n");
  server.reply(interim.then("HTTP/1.1 100 Continue\r\n\r\n").endless());
  EXPECT_EQ(cause_of(client.ask({})), cause::malformed);
}

TEST_F(HttpsRequestTest, AnAnswerThatIsNotHttpOrBreaksOffIsNone) {
  auto server = server_of(make_test_certificate());
  https_client client{options_for(server)};
  server.reply(mock_reply::raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
  EXPECT_EQ(cause_of(client.ask({})), cause::malformed);
  auto reply = mock_reply::json(200, "{}");
  server.reply(reply.close_after(reply.bytes().size() - 1));
  const auto broken = client.ask({});
  EXPECT_EQ(cause_of(broken), cause::broken);
  EXPECT_TRUE(broken.error().sent);
}

TEST_F(HttpsRequestTest, AServerThatStallsIsGivenUpAtTheDeadline) {
  auto server = server_of(make_test_certificate());
  auto o = options_for(server);
  o.timeout = milliseconds{300};
  https_client client{o};
  auto reply = mock_reply::json(200, "{}");
  server.reply(reply.stall_after(20));
  EXPECT_EQ(cause_of(client.ask({})), cause::timed_out);
  // Each byte comes in time, and all of them too late.
  auto slow = mock_reply::json(200, std::string(900, 'a'));
  server.reply(slow.in_pieces_of(1).pace(milliseconds{20}));
  EXPECT_EQ(cause_of(client.ask({})), cause::timed_out);
  server.reply(mock_reply::json(200, "{}"));
  EXPECT_TRUE(client.ask({}));
}

TEST_F(HttpsRequestTest, ARequestUnderWayIsCancelledFromAnotherThread) {
  auto server = server_of(make_test_certificate());
  auto o = options_for(server);
  o.timeout = std::chrono::hours{1};
  https_client client{o};
  auto reply = mock_reply::json(200, "{}");
  server.reply(reply.stall_after(20));
  auto asked = std::async(std::launch::async, [&] { return client.ask({}); });
  EXPECT_TRUE(server.wait_for_requests(1));
  client.cancel();
  EXPECT_EQ(cause_of(asked.get()), cause::cancelled);
  EXPECT_EQ(cause_of(client.ask({})), cause::cancelled);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(HttpsRequestTest, AConnectionIsKeptAndMadeAnewWhereItEnded) {
  auto server = server_of(make_test_certificate());
  server.reply_always(mock_reply::json(200, "{}"));
  auto o = options_for(server);
  o.keep_alive = true;
  https_client client{o};
  EXPECT_TRUE(client.ask({}));
  EXPECT_TRUE(client.ask({.method = "POST", .body = "{}"}));
  EXPECT_EQ(server.accepted(), 1u);
  ASSERT_TRUE(server.close_idle());
  ASSERT_TRUE(server.wait_for_closed(1));
  EXPECT_TRUE(client.ask({}));
  EXPECT_EQ(server.accepted(), 2u);
  ASSERT_TRUE(server.close_idle());
  ASSERT_TRUE(server.wait_for_closed(2));
  // Whether it was done can't be known: it is not sent twice.
  const auto write = client.ask({.method = "POST"});
  EXPECT_EQ(cause_of(write), cause::broken);
  EXPECT_TRUE(write.error().sent);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(HttpsRequestTest, WithoutKeepAliveEachRequestHasItsConnection) {
  auto server = server_of(make_test_certificate());
  server.reply_always(mock_reply::json(200, "{}"));
  https_client client{options_for(server)};
  EXPECT_TRUE(client.ask({}));
  EXPECT_TRUE(client.ask({}));
  EXPECT_EQ(server.accepted(), 2u);
}

TEST_F(HttpsRequestTest, NothingGoesOutThatCouldEndALineOfTheHead) {
  mock_model_server server;
  https_client client{options_for(server, "http", "127.0.0.1")};
  for (const https_request& bad : std::vector<https_request>{
           {.method = "GET / HTTP/1.1\r\nX:"},
           {.method = ""},
           {.target = "/a b"},
           {.target = "/\r\nX: 1"},
           {.target = ""},
           {.fields = {{"X", "1\r\nY: 2"}}},
           {.fields = {{"X: 1\r\nY", "2"}}},
           {.fields = {{"", "1"}}}})
    EXPECT_EQ(cause_of(client.ask(bad)), cause::unsendable);
  EXPECT_EQ(server.accepted(), 0u);
}

TEST_F(HttpsRequestTest, NobodyListeningIsUnreachable) {
  https_client::options o;
  {
    mock_model_server gone;
    o = options_for(gone, "http", "127.0.0.1");
  }
  https_client client{o};
  const auto asked = client.ask({});
  EXPECT_EQ(cause_of(asked), cause::unreachable);
  EXPECT_FALSE(asked.error().sent);
}

} // namespace
} // namespace hansard::test
