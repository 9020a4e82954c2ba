#include "http/upstream/upstream_response.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hansard {
namespace {

struct collector final : upstream_response_sink {
  void on_head(const upstream_head& got) override {
    head = got;
    ++heads;
  }
  void on_body(std::string_view bytes) override { body.append(bytes); }
  upstream_head head;
  int heads = 0;
  std::string body;
};

using state = upstream_response::state;

const std::string chunked =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n7;ext=1\r\n, world\r\n0\r\nTrailer: x\r\n\r\n";
const std::string with_length =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n"
    "Content-Length: 4\r\n\r\nwait";
const std::string to_the_end =
    "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}";

TEST(UpstreamResponseTest, AChunkedBodyComesOutWhole) {
  collector sink;
  upstream_response response(sink);
  EXPECT_EQ(response.feed(chunked), state::done);
  EXPECT_EQ(sink.body, "hello, world");
  EXPECT_EQ(sink.head.status, 200u);
  EXPECT_EQ(sink.head.content_type, "text/event-stream");
  EXPECT_TRUE(response.reusable());
}

TEST(UpstreamResponseTest, ABodyWithALengthEndsThere) {
  collector sink;
  upstream_response response(sink);
  EXPECT_EQ(response.feed(with_length), state::done);
  EXPECT_EQ(sink.body, "wait");
  EXPECT_EQ(sink.head.retry_after, "7");
  EXPECT_TRUE(response.reusable());
}

TEST(UpstreamResponseTest, ABodyWithoutLengthEndsWithTheConnection) {
  collector sink;
  upstream_response response(sink);
  EXPECT_EQ(response.feed(to_the_end), state::reading);
  EXPECT_EQ(response.end(), state::done);
  EXPECT_EQ(sink.body, "{}");
  EXPECT_FALSE(response.reusable());
}

TEST(UpstreamResponseTest, AnyTwoCutsGiveTheSameBody) {
  for (const auto& bytes : {chunked, with_length}) {
    collector whole;
    upstream_response(whole).feed(bytes);
    for (std::size_t i = 0; i <= bytes.size(); ++i) {
      for (std::size_t j = i; j <= bytes.size(); ++j) {
        collector sink;
        upstream_response response(sink);
        response.feed(bytes.substr(0, i));
        response.feed(bytes.substr(i, j - i));
        ASSERT_EQ(response.feed(bytes.substr(j)), state::done)
            << i << ' ' << j << ' ' << response.problem();
        ASSERT_EQ(sink.body, whole.body);
        ASSERT_EQ(sink.heads, 1);
      }
    }
  }
}

TEST(UpstreamResponseTest, ABodyOfTheLastChunkAloneCanComeByteByByte) {
  const std::string bytes =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  collector sink;
  upstream_response response(sink);
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i)
    ASSERT_EQ(response.feed(bytes.substr(i, 1)), state::reading) << i;
  EXPECT_EQ(response.feed(bytes.substr(bytes.size() - 1)), state::done);
  EXPECT_EQ(sink.heads, 1);
  EXPECT_EQ(sink.body, "");
  EXPECT_TRUE(response.reusable());
}

TEST(UpstreamResponseTest, AnEndAtAnyEarlierByteIsNoWholeResponse) {
  for (const auto& bytes : {chunked, with_length}) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      collector sink;
      upstream_response response(sink);
      ASSERT_EQ(response.feed(bytes.substr(0, i)), state::reading) << i;
      ASSERT_EQ(response.end(), state::bad) << i;
      ASSERT_FALSE(response.reusable());
    }
  }
}

TEST(UpstreamResponseTest, InterimResponsesArePassedOver) {
  collector sink;
  upstream_response response(sink);
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n"
                              "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  EXPECT_EQ(response.feed(interim), state::reading);
  EXPECT_FALSE(response.head_done());
  EXPECT_EQ(response.feed(with_length), state::done);
  EXPECT_EQ(sink.head.status, 429u);
  EXPECT_EQ(sink.heads, 1);
}

TEST(UpstreamResponseTest, InterimResponsesForEverAreRefused) {
  collector sink;
  upstream_response response(sink);
  auto last = state::reading;
  for (int i = 0; i < 20 && last == state::reading; ++i)
    last = response.feed("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(last, state::bad);
}

TEST(UpstreamResponseTest, GarbageIsRefused) {
  for (std::string_view bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
    collector sink;
    upstream_response response(sink);
    EXPECT_EQ(response.feed(bytes), state::bad) << bytes;
    EXPECT_FALSE(response.problem().empty());
  }
}

TEST(UpstreamResponseTest, AHeadWithoutEndIsRefused) {
  collector sink;
  upstream_response response(sink);
  auto last = response.feed("HTTP/1.1 200 OK\r\nX: ");
  std::size_t fed = 0;
  for (; fed < 1'000'000 && last == state::reading; fed += 1000)
    last = response.feed(std::string(1000, 'x'));
  EXPECT_EQ(last, state::bad);
  EXPECT_LE(fed, 2 * upstream_response::max_head_bytes);
}

TEST(UpstreamResponseTest, AChunkHeaderWithoutEndIsRefused) {
  collector sink;
  upstream_response response(sink);
  auto last = response.feed(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=");
  std::size_t fed = 0;
  for (; fed < 1'000'000 && last == state::reading; fed += 1000)
    last = response.feed(std::string(1000, 'x'));
  EXPECT_EQ(last, state::bad);
  EXPECT_LE(fed, 2 * upstream_response::max_head_bytes);
}

TEST(UpstreamResponseTest, BytesBehindTheResponseForbidReuse) {
  collector sink;
  upstream_response response(sink);
  EXPECT_EQ(response.feed(with_length + "HTTP/1.1"), state::done);
  EXPECT_FALSE(response.reusable());
}

TEST(UpstreamResponseTest, AServerThatClosesIsNotReused) {
  collector sink;
  upstream_response response(sink);
  EXPECT_EQ(
      response.feed(
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
      state::done);
  EXPECT_FALSE(response.reusable());
}

} // namespace
} // namespace hansard
