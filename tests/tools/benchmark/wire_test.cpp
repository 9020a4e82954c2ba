#include "tools/benchmark/reply_reader.hpp"
#include "tools/benchmark/wire.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hansard::benchmark {

namespace {

struct decoded {
  std::string body;
  chunked_decoder::state state = chunked_decoder::state::more;
};

decoded decode_in_pieces(std::string_view text, std::size_t n) {
  chunked_decoder decoder;
  decoded out;
  while (!text.empty() && out.state == chunked_decoder::state::more) {
    out.state = decoder.feed(
        text.substr(0, n), [&](std::string_view b) { out.body += b; });
    text.remove_prefix(std::min(n, text.size()));
  }
  return out;
}

} // namespace

TEST(ReadHeadTest, WaitsForTheEmptyLine) {
  EXPECT_FALSE(read_head("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"));
}

TEST(ReadHeadTest, TellsStatusFramingAndSize) {
  const std::string_view text =
      "HTTP/1.1 503 Service Unavailable\r\nCONTENT-LENGTH: 42\r\n"
      "connection: Close\r\n\r\nbody";
  const auto head = read_head(text);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 503);
  EXPECT_EQ(head->content_length, 42u);
  EXPECT_TRUE(head->close);
  EXPECT_FALSE(head->chunked);
  EXPECT_EQ(text.substr(head->size), "body");
}

TEST(ChunkedDecoderTest, GivesTheBodyHoweverTheBytesAreCut) {
  const std::string_view text =
      "5\r\nhello\r\n1;name=value\r\n \r\nA\r\nworld, 0\r\n\r\n0\r\n\r\n";
  for (std::size_t n = 1; n <= text.size(); ++n) {
    const auto out = decode_in_pieces(text, n);
    EXPECT_EQ(out.body, "hello world, 0\r\n") << "pieces of " << n;
    EXPECT_EQ(out.state, chunked_decoder::state::done) << "pieces of " << n;
  }
}

TEST(ChunkedDecoderTest, SkipsTrailers) {
  const auto out = decode_in_pieces("1\r\nx\r\n0\r\nSum: 1\r\n\r\n", 3);
  EXPECT_EQ(out.body, "x");
  EXPECT_EQ(out.state, chunked_decoder::state::done);
}

TEST(ChunkedDecoderTest, ASizeThatIsNoneIsBroken) {
  EXPECT_EQ(
      decode_in_pieces("hello\r\n", 7).state, chunked_decoder::state::broken);
}

TEST(ReplyReaderTest, AnErrorWithALengthIsDoneAndHasItsStatus) {
  reply_reader reader;
  const auto state = reader.feed(
      "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\n{\"e\":\"x\"}",
      [](token_stamp) {});
  EXPECT_EQ(state, reply_reader::state::done);
  EXPECT_EQ(reader.status(), 403);
  EXPECT_FALSE(reader.saw_done());
}

TEST(ReplyReaderTest, AStreamThatEndsWithoutDoneIsSeen) {
  reply_reader reader;
  const auto state = reader.feed(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "8\r\ndata: x\n\r\n0\r\n\r\n",
      [](token_stamp) {});
  EXPECT_EQ(state, reply_reader::state::done);
  EXPECT_FALSE(reader.saw_done());
}

} // namespace hansard::benchmark
