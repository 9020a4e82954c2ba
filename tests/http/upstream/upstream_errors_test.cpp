#include "http/client/upstream_origin.hpp"
#include "http/upstream/upstream_errors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hansard {
namespace {

using std::chrono::milliseconds;

const timestamp now = *from_iso8601("2026-05-28T14:30:45Z");

upstream_head head_of(unsigned status) {
  upstream_head head;
  head.status = status;
  return head;
}

upstream_failure failure_of(unsigned status, std::string_view body = "") {
  return failure_of_status(head_of(status), body, now);
}

TEST(UpstreamErrorsTest, OverloadAndServerFaultsAreWorthAnotherTry) {
  for (unsigned status : {408u, 429u, 500u, 502u, 503u, 504u, 529u})
    EXPECT_TRUE(failure_of(status).retryable) << status;
  for (unsigned status : {301u, 400u, 401u, 403u, 404u, 422u})
    EXPECT_FALSE(failure_of(status).retryable) << status;
}

TEST(UpstreamErrorsTest, AGatewayTimeoutIsATimeout) {
  EXPECT_EQ(failure_of(504).code, ec::upstream_timed_out);
  EXPECT_EQ(failure_of(502).code, ec::upstream_failed);
}

TEST(UpstreamErrorsTest, TheServersMessageIsPassedOn) {
  for (std::string_view body :
       {R"({"error":{"message":"no such model","type":"not_found_error"}})",
        R"({"error":"no such model"})", R"({"detail":"no such model"})",
        R"({"object":"error","message":"no such model","code":404})",
        R"({"message":"no such model"})", "no such model"}) {
    EXPECT_EQ(
        failure_of(404, body).message,
        "the model server answered 404 Not Found: no such model")
        << body;
  }
}

TEST(UpstreamErrorsTest, APageOfHtmlIsNotQuoted) {
  EXPECT_EQ(
      failure_of(502, "<html><body>Bad Gateway</body></html>").message,
      "the model server answered 502 Bad Gateway");
}

TEST(UpstreamErrorsTest, TheMessageIsShortValidText) {
  const auto failure = failure_of(
      400, R"({"error":{"message":")" + std::string(5000, '\xFF') + "\"}}");
  EXPECT_LE(failure.message.size(), 500u);
  EXPECT_NE(failure.message.find("\xEF\xBF\xBD"), std::string::npos);
  EXPECT_EQ(failure.message.find('\xFF'), std::string::npos);
}

TEST(UpstreamErrorsTest, RetryAfterIsReadInSeconds) {
  auto head = head_of(429);
  head.retry_after = " 7 ";
  EXPECT_EQ(failure_of_status(head, "", now).retry_after, milliseconds(7000));
}

TEST(UpstreamErrorsTest, RetryAfterIsReadAsADate) {
  auto head = head_of(503);
  head.retry_after = "Thu, 28 May 2026 14:31:00 GMT";
  EXPECT_EQ(read_retry_after(head, now), milliseconds(15'000));
  head.retry_after = "Thu, 28 May 2026 14:30:00 GMT";
  EXPECT_EQ(read_retry_after(head, now), milliseconds(0));
}

TEST(UpstreamErrorsTest, RetryAfterMsIsMoreExact) {
  auto head = head_of(429);
  head.retry_after = "1";
  head.retry_after_ms = "250";
  EXPECT_EQ(read_retry_after(head, now), milliseconds(250));
}

TEST(UpstreamErrorsTest, AbsurdRetryAfterIsIgnoredOrCapped) {
  auto head = head_of(429);
  for (auto text : {"", "soon", "-1", "Thu, 28 Foo 2026 14:31:00 GMT"}) {
    head.retry_after = text;
    EXPECT_EQ(read_retry_after(head, now), std::nullopt) << text;
  }
  for (auto text : {"999999999", "99999999999999999999999999"}) {
    head.retry_after = text;
    EXPECT_EQ(read_retry_after(head, now), std::chrono::hours(24)) << text;
  }
}

TEST(UpstreamOriginTest, TheDefaultPortsAreKnown) {
  const auto plain = chat_completions_target("http://models.example/v1");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->origin.key(), "http://models.example:80");
  EXPECT_EQ(plain->origin.authority, "models.example");
  EXPECT_EQ(plain->path, "/v1/chat/completions");
  const auto tls = chat_completions_target("https://models.example");
  ASSERT_TRUE(tls);
  EXPECT_TRUE(tls->origin.tls);
  EXPECT_EQ(tls->origin.port, "443");
  EXPECT_EQ(tls->path, "/chat/completions");
}

TEST(UpstreamOriginTest, SlashesAreTrimmedAndTheQueryIsKept) {
  const auto target =
      chat_completions_target("http://[::1]:8000/a/v1//?version=2");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a/v1/chat/completions?version=2");
  EXPECT_EQ(target->origin.host, "::1");
  EXPECT_EQ(target->origin.authority, "[::1]:8000");
}

TEST(UpstreamOriginTest, WhatIsNoHttpUrlIsRefused) {
  for (auto url :
       {"", "models.example/v1", "ftp://models.example", "http:///v1",
        "http://a b/", "https://user:sk-secret@models.example/v1"}) {
    const auto target = chat_completions_target(url);
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().message.find("sk-secret"), std::string::npos);
  }
}

} // namespace
} // namespace hansard
