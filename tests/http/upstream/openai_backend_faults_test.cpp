#include "tests/http/upstream/openai_backend_fixture.hpp"

#include <gmock/gmock.h>

namespace hansard {
namespace {

using std::chrono::milliseconds;
using test::mock_reply;
using testing::AnyOf;
using testing::HasSubstr;

class OpenaiBackendFaultsTest : public test::openai_backend_fixture {
protected:
  /// A URL of this machine at which nobody listens.
  static std::string nobody() {
    test::mock_model_server gone;
    return gone.base_url();
  }
};

TEST_F(OpenaiBackendFaultsTest, NobodyListeningIsWorthAnotherTry) {
  agent.base_url = nobody();
  const auto failed = failure();
  EXPECT_EQ(failed.code, ec::upstream_unavailable);
  EXPECT_TRUE(failed.retryable);
  EXPECT_THAT(failed.message, HasSubstr("could not connect"));
}

TEST_F(OpenaiBackendFaultsTest, AnUnusableUrlIsAFailure) {
  agent.base_url = "models.example";
  const auto failed = failure();
  EXPECT_EQ(failed.code, ec::upstream_failed);
  EXPECT_FALSE(failed.retryable);
  EXPECT_THAT(failed.message, HasSubstr("base_url"));
}

TEST_F(OpenaiBackendFaultsTest, ANameThatDoesNotExistIsAFailure) {
  agent.base_url = "http://no-such-host.invalid/v1";
  agent.connect_timeout_ms = 8'000;
  const auto failed = failure();
  EXPECT_THAT(
      failed.code, AnyOf(ec::upstream_unavailable, ec::upstream_timed_out));
  EXPECT_TRUE(failed.retryable);
}

TEST_F(OpenaiBackendFaultsTest, StatusesBecomeFailures) {
  mock.reply(mock_reply::json(
      429, R"({"error":{"message":"slow down"}})", {{"Retry-After", "3"}}));
  const auto limited = failure();
  EXPECT_EQ(limited.code, ec::upstream_failed);
  EXPECT_TRUE(limited.retryable);
  EXPECT_EQ(limited.retry_after, milliseconds(3000));
  EXPECT_THAT(limited.message, HasSubstr("slow down"));

  mock.reply(mock_reply::json(503, "{}"));
  EXPECT_TRUE(failure().retryable);
  mock.reply(mock_reply::json(504, ""));
  EXPECT_EQ(failure().code, ec::upstream_timed_out);
  mock.reply(mock_reply::json(400, R"({"error":{"message":"bad model"}})"));
  const auto refused = failure();
  EXPECT_FALSE(refused.retryable);
  EXPECT_THAT(refused.message, HasSubstr("bad model"));
}

TEST_F(OpenaiBackendFaultsTest, ALongErrorBodyIsCut) {
  mock.reply(mock_reply::raw(
      "HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\n\r\n"
      + std::string(10'000'000, 'x')));
  const auto failed = failure();
  EXPECT_TRUE(failed.retryable);
  EXPECT_LE(failed.message.size(), 500u);
  EXPECT_TRUE(mock.wait_for_closed(1));
}

TEST_F(OpenaiBackendFaultsTest, ARefusalDuringALongRequestIsHeard) {
  auto asked = request();
  asked.messages[0].content = '"' + std::string(7 * 1024 * 1024, 'x') + '"';
  mock.reply(mock_reply::json(413, R"({"error":{"message":"too long"}})"));
  auto heard = std::make_shared<test::recording_listener>();
  auto call = backend().start(asked, heard);
  ASSERT_TRUE(heard->wait());
  ASSERT_TRUE(heard->failure());
  EXPECT_THAT(heard->failure()->message, HasSubstr("too long"));
}

TEST_F(OpenaiBackendFaultsTest, AResetAtAnyByteIsAFailure) {
  const auto whole = mock_reply::events(
      {test::mock_delta("Hi"), test::mock_finish("stop"), "[DONE]"});
  const auto bytes = whole.bytes();
  const auto token_end = bytes.find("\r\n", bytes.find("Hi"));
  // The end of the line: the blank line behind it may be missing.
  const auto finish_end = bytes.find("\n\n", bytes.find("\"stop\"")) + 1;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto cut = whole;
    mock.reply(at % 2 ? cut.reset_after(at) : cut.close_after(at));
    // A fresh connection each time: dying reused ones are replaced.
    if (at == 0)
      options.max_idle_per_origin = 0;
    const auto got = run();
    if (at < finish_end) {
      ASSERT_TRUE(got.heard->failure()) << at;
      EXPECT_EQ(got.heard->failure()->retryable, got.heard->text().empty())
          << at;
    } else if (at % 2 == 0) {
      // Complete, but for its closing.
      ASSERT_TRUE(got.heard->finish()) << at;
    }
    if (at % 2 == 0 && at > token_end) {
      EXPECT_EQ(got.heard->text(), "Hi") << at;
    }
  }
}

TEST_F(OpenaiBackendFaultsTest, ACutBeforeTheFinishReasonIsTruncated) {
  auto reply = mock_reply::stream({"Hel", "lo"});
  const auto at = reply.bytes().find("\"stop\"");
  mock.reply(reply.close_after(at));
  const auto got = run();
  EXPECT_EQ(got.heard->text(), "Hello");
  ASSERT_TRUE(got.heard->failure());
  EXPECT_EQ(got.heard->failure()->code, ec::upstream_truncated);
  EXPECT_FALSE(got.heard->failure()->retryable);
}

TEST_F(OpenaiBackendFaultsTest, GarbageIsAFailure) {
  for (std::string_view bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    mock.reply(mock_reply::raw(std::string(bytes)));
    const auto failed = failure();
    EXPECT_EQ(failed.code, ec::upstream_failed) << bytes;
    EXPECT_FALSE(failed.retryable) << bytes;
  }
}

TEST_F(OpenaiBackendFaultsTest, AHtmlPageIsAFailureThatNamesTheCause) {
  mock.reply(mock_reply::raw(
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n"
      "<html></html>"));
  EXPECT_THAT(failure().message, HasSubstr("base_url"));
}

TEST_F(OpenaiBackendFaultsTest, ACompressedAnswerIsAFailure) {
  mock.reply(mock_reply::json(200, "xyz", {{"Content-Encoding", "gzip"}}));
  EXPECT_THAT(failure().message, HasSubstr("compresses"));
}

TEST_F(OpenaiBackendFaultsTest, ALineWithoutEndIsAFailure) {
  mock.reply(mock_reply::raw("HTTP/1.1 200 OK\r\n\r\ndata: ")
                 .then(std::string(64 * 1024, 'x'))
                 .endless());
  const auto failed = failure();
  EXPECT_EQ(failed.code, ec::upstream_failed);
  EXPECT_TRUE(mock.wait_for_closed(1));
}

TEST_F(OpenaiBackendFaultsTest, SilenceBeforeTheFirstTokenTimesOut) {
  agent.first_token_timeout_ms = 50;
  const auto reply = mock_reply::stream({"a"});
  // No answer, a part of the head, the role without a token.
  for (std::size_t at :
       {std::size_t(0), std::size_t(20), reply.bytes().find("\"a\"") - 100}) {
    auto stalled = reply;
    mock.reply(stalled.stall_after(at));
    const auto failed = failure();
    EXPECT_EQ(failed.code, ec::upstream_timed_out) << at;
    EXPECT_TRUE(failed.retryable) << at;
  }
  EXPECT_TRUE(mock.wait_for_closed(3));
}

TEST_F(OpenaiBackendFaultsTest, CommentsDoNotPutOffTheFirstToken) {
  agent.first_token_timeout_ms = 100;
  mock.reply(mock_reply::raw("HTTP/1.1 200 OK\r\n\r\n")
                 .then(": processing\n\n")
                 .pace(milliseconds(5))
                 .endless());
  EXPECT_EQ(failure().code, ec::upstream_timed_out);
}

TEST_F(OpenaiBackendFaultsTest, SilenceBetweenTokensTimesOut) {
  agent.idle_timeout_ms = 50;
  auto reply = mock_reply::stream({"a", "b"});
  mock.reply(reply.stall_after(reply.bytes().find("\"b\"")));
  const auto got = run();
  EXPECT_EQ(got.heard->text(), "a");
  ASSERT_TRUE(got.heard->failure());
  EXPECT_EQ(got.heard->failure()->code, ec::upstream_timed_out);
  EXPECT_FALSE(got.heard->failure()->retryable);
}

TEST_F(OpenaiBackendFaultsTest, SilenceBehindTheFinishReasonIsTheEnd) {
  options.finish_grace = milliseconds(50);
  auto reply = mock_reply::stream({"a"});
  mock.reply(reply.stall_after(reply.bytes().find("[DONE]")));
  const auto got = run();
  ASSERT_TRUE(got.heard->finish());
  EXPECT_EQ(got.heard->finish()->usage.completion, 1u);
}

TEST_F(OpenaiBackendFaultsTest, AnErrorBodyThatStallsIsReportedByItsStatus) {
  agent.first_token_timeout_ms = 50;
  auto reply = mock_reply::json(503, R"({"error":{"message":"busy"}})");
  mock.reply(reply.stall_after(reply.bytes().size() - 5));
  const auto failed = failure();
  EXPECT_EQ(failed.code, ec::upstream_failed);
  EXPECT_THAT(failed.message, HasSubstr("503"));
}

TEST_F(OpenaiBackendFaultsTest, CancelBeforeTheFirstByteClosesTheConnection) {
  mock.reply(mock_reply::stream({"a"}).stall_after(0));
  auto begun = start();
  ASSERT_TRUE(mock.wait_for_requests(1));
  begun.call->cancel();
  begun.call->cancel();
  EXPECT_TRUE(mock.wait_for_closed(1));
  EXPECT_FALSE(begun.heard->is_over());
}

TEST_F(OpenaiBackendFaultsTest, CancelInTheMiddleClosesTheConnection) {
  auto reply = mock_reply::stream({"a", "b"});
  mock.reply(reply.stall_after(reply.bytes().find("\"b\"")));
  auto begun = start();
  ASSERT_TRUE(begun.heard->wait_for_bytes(1));
  begun.call.reset();
  EXPECT_TRUE(mock.wait_for_closed(1));
  EXPECT_FALSE(begun.heard->is_over());
}

TEST_F(OpenaiBackendFaultsTest, CancelAtOnceLetsGoOfTheListener) {
  for (int i = 0; i < 50; ++i) {
    auto begun = start();
    begun.call.reset();
    const std::weak_ptr<upstream_listener> listener = begun.heard;
    begun.heard.reset();
    EXPECT_TRUE(test::eventually([&] { return listener.expired(); }));
  }
}

TEST_F(OpenaiBackendFaultsTest, CancelWhileConnectingLetsGoOfTheListener) {
  // Nobody answers there: private addresses that no test machine routes.
  agent.base_url = "http://10.255.255.1:9/v1";
  agent.connect_timeout_ms = 60'000;
  auto begun = start();
  const std::weak_ptr<upstream_listener> listener = begun.heard;
  begun.call->cancel();
  begun.heard.reset();
  EXPECT_TRUE(test::eventually([&] { return listener.expired(); }));
}

class OpenaiBackendTlsTest : public test::openai_backend_fixture {
protected:
  OpenaiBackendTlsTest() { trust(secure); }

  void trust(const test::mock_model_server& server) {
    agent.base_url = server.base_url();
    options.ca_file = server.ca_file();
  }

  test::mock_model_server secure{{test::make_test_certificate(), 0}};
};

TEST_F(OpenaiBackendTlsTest, AServerThatIsTrustedAnswers) {
  EXPECT_EQ(run().heard->text(), "Hello from the mock.");
  EXPECT_EQ(run().heard->text(), "Hello from the mock.");
  EXPECT_EQ(secure.requests().size(), 2u);
}

TEST_F(OpenaiBackendTlsTest, TheNameIsVerifiedToo) {
  agent.base_url = "https://localhost:" + std::to_string(secure.port()) + "/v1";
  EXPECT_EQ(run().heard->text(), "Hello from the mock.");
}

TEST_F(OpenaiBackendTlsTest, AnUnknownAuthorityIsRefused) {
  options.ca_file.clear();
  const auto failed = failure();
  EXPECT_EQ(failed.code, ec::upstream_unavailable);
  EXPECT_FALSE(failed.retryable);
  EXPECT_THAT(failed.message, HasSubstr("self-signed"));
  EXPECT_TRUE(secure.requests().empty());
}

TEST_F(OpenaiBackendTlsTest, TheCertificateOfAnotherServerIsRefused) {
  test::mock_model_server foreign({test::make_foreign_certificate(), 0});
  trust(foreign);
  const auto failed = failure();
  EXPECT_EQ(failed.code, ec::upstream_unavailable);
  EXPECT_FALSE(failed.retryable);
  EXPECT_TRUE(foreign.requests().empty());
}

TEST_F(OpenaiBackendTlsTest, AServerWithoutTlsIsAFailure) {
  agent.base_url = "https" + mock.base_url().substr(4);
  EXPECT_EQ(failure().code, ec::upstream_unavailable);
}

TEST_F(OpenaiBackendTlsTest, AFileOfAuthoritiesThatIsMissingIsNamed) {
  options.ca_file = "/nonexistent/ca.pem";
  EXPECT_THAT(failure().message, HasSubstr("/nonexistent/ca.pem"));
}

TEST_F(OpenaiBackendTlsTest, CancelInTheMiddleClosesTheConnection) {
  auto reply = mock_reply::stream({"a", "b"});
  secure.reply(reply.stall_after(reply.bytes().find("\"b\"")));
  auto begun = start();
  ASSERT_TRUE(begun.heard->wait_for_bytes(1));
  begun.call->cancel();
  EXPECT_TRUE(secure.wait_for_closed(1));
}

TEST_F(OpenaiBackendTlsTest, AHandshakeThatHangsTimesOut) {
  // A mock without TLS waits for the rest of a request that never comes.
  agent.connect_timeout_ms = 50;
  agent.base_url = "https" + mock.base_url().substr(4);
  const auto failed = failure();
  EXPECT_THAT(
      failed.code, AnyOf(ec::upstream_timed_out, ec::upstream_unavailable));
  EXPECT_TRUE(mock.wait_for_closed(1));
}

} // namespace
} // namespace hansard
