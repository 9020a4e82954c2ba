#include "http/wire/request_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hansard {
namespace {

using state = request_reader::state;

/// Reads one request from `bytes`, given `piece` bytes at a time.
struct outcome {
  state end = state::head;
  request_head head;
  std::string body;
  problem why;
  std::string rest;
};

outcome read(
    std::string_view bytes, std::size_t piece = 1 << 20,
    std::size_t max_header = 1024, std::uint64_t max_body = 100) {
  request_reader reader{max_header, max_body};
  std::string in;
  outcome out;
  while (out.end == state::head || out.end == state::body) {
    auto before = out.end;
    out.end = reader.advance(in);
    if (out.end == state::done || out.end == state::refused)
      break;
    if (out.end == state::body && before == state::head)
      continue;
    if (bytes.empty())
      break;
    in += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  out.head = reader.head();
  out.body = reader.take_body();
  out.why = reader.why();
  out.rest = in + std::string(bytes);
  return out;
}

std::string with(std::string_view fields, std::string_view body = "") {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n"
         + std::string(body);
}

TEST(RequestReaderTest, ARequestIsReadInPiecesOfAnySize) {
  auto bytes = "\r\n"
               + with(
                   "Content-Type: application/json\r\nX-API-Key: k\r\n"
                   "Authorization: Bearer b\r\nContent-Length: 5\r\n",
                   "hello")
               + "GET /next";
  for (std::size_t piece = 1; piece < bytes.size() + 1; ++piece) {
    auto r = read(bytes, piece);
    ASSERT_EQ(r.end, state::done) << r.why.message;
    EXPECT_EQ(r.head.method, "POST");
    EXPECT_EQ(r.head.target, "/x");
    EXPECT_EQ(r.head.version, 11u);
    EXPECT_TRUE(r.head.keep_alive);
    EXPECT_EQ(r.head.content_type, "application/json");
    EXPECT_EQ(r.head.api_key, "k");
    EXPECT_EQ(r.head.authorization, "Bearer b");
    EXPECT_EQ(r.body, "hello");
    EXPECT_EQ(r.rest, "GET /next");
  }
}

TEST(RequestReaderTest, AChunkedBodyIsReadInPiecesOfAnySize) {
  auto bytes = with(
      "Transfer-Encoding: chunked\r\n",
      "3\r\nabc\r\nA;ext=1\r\n0123456789\r\n0\r\nX-Sum: x\r\n\r\nGET");
  for (std::size_t piece = 1; piece < bytes.size() + 1; ++piece) {
    auto r = read(bytes, piece);
    ASSERT_EQ(r.end, state::done) << piece << ' ' << r.why.message;
    EXPECT_EQ(r.body, "abc0123456789");
    EXPECT_EQ(r.rest, "GET");
  }
}

TEST(RequestReaderTest, AnEmptyChunkedBodyIsReadInPiecesOfAnySize) {
  auto bytes = with("Transfer-Encoding: chunked\r\n", "0\r\n\r\n");
  for (std::size_t piece = 1; piece < bytes.size() + 1; ++piece)
    EXPECT_EQ(read(bytes, piece).end, state::done) << piece;
}

TEST(RequestReaderTest, ATrailerIsNoHeader) {
  auto r = read(with(
      "Transfer-Encoding: chunked\r\n",
      "0\r\nAuthorization: Bearer late\r\n\r\n"));
  EXPECT_EQ(r.end, state::refused);
  EXPECT_EQ(r.why.status, 400u);
  EXPECT_EQ(r.head.authorization, "");
}

TEST(RequestReaderTest, OneEmptyLineInFrontIsLetPassHoweverItComes) {
  std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t piece : {1, 2, 3, 4, 100}) {
    EXPECT_EQ(read("\r\n" + request, piece).end, state::done) << piece;
    EXPECT_EQ(read("\r\n\r\n" + request, piece).end, state::refused) << piece;
  }
}

TEST(RequestReaderTest, TheHeadIsHandedOutBeforeTheBodyIsRead) {
  request_reader reader{1024, 100};
  auto in = with("Content-Length: 2\r\n", "ab");
  EXPECT_EQ(reader.advance(in), state::body);
  EXPECT_EQ(in, "ab");
  EXPECT_EQ(reader.advance(in), state::done);
}

TEST(RequestReaderTest, WhatCouldBeReadInTwoWaysIsRefused) {
  const std::string cases[] = {
      with("Content-Length: 1\r\nContent-Length: 1\r\n", "a"),
      with("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"),
      with("Content-Length: 1, 1\r\n", "a"),
      with("Content-Length: -1\r\n"),
      with("Content-Length: +1\r\n", "a"),
      with("Content-Length: 0x1\r\n", "a"),
      with("Content-Length: 99999999999999999999\r\n"),
      with("Content-Length:\r\n"),
      with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "0\r\n\r\n"),
      with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
      with("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
      with("Transfer-Encoding: identity\r\n"),
      with("Transfer-Encoding: xchunked\r\n"),
      with(
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "0\r\n\r\n"),
      with("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
      with(
          "Transfer-Encoding:\x0b"
          "chunked\r\n",
          "0\r\n\r\n"),
      with("X: a\r\n b\r\n"),
      with("X: a\r\n\tb\r\n"),
      with(" X: a\r\n"),
      with("X: a\nY: b\r\n"),
      with("X: a\rb\r\n"),
      with("X: a\r\r\n"),
      with("X a\r\n"),
      with(": a\r\n"),
      with("X\x01: a\r\n"),
      with(std::string("X: a\0b\r\n", 8)),
      with("Host: other\r\n"),
      with("Authorization: a\r\nAuthorization: b\r\n"),
      "POST /x HTTP/1.1\r\n\r\n",
      "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /x HTTP/2.0\r\nHost: h\r\n\r\n",
      "POST /x HTTP/1.2\r\nHost: h\r\n\r\n",
      "POST /x\r\nHost: h\r\n\r\n",
      "POST  /x HTTP/1.1\r\nHost: h\r\n\r\n",
      "POST /x y HTTP/1.1\r\nHost: h\r\n\r\n",
      "POST /x\x01 HTTP/1.1\r\nHost: h\r\n\r\n",
      "P(ST /x HTTP/1.1\r\nHost: h\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\x16\x03\x01\x02",
      "{\"a\":1}",
  };
  for (const auto& bytes : cases)
    for (std::size_t piece : {std::size_t{1}, bytes.size()}) {
      auto r = read(bytes, piece);
      EXPECT_EQ(r.end, state::refused) << bytes;
      EXPECT_EQ(r.why.status, 400u) << bytes;
    }
}

TEST(RequestReaderTest, ABrokenChunkIsRefused) {
  for (std::string_view body :
       {"x\r\n", "-1\r\n", "1\r\nab\r\n", "fffffffffffffffff\r\n", "1 \n",
        "0x1\r\na\r\n"}) {
    auto r = read(with(
        "Transfer-Encoding: chunked\r\n", std::string(body) + "0\r\n\r\n"));
    EXPECT_EQ(r.end, state::refused) << body;
    EXPECT_EQ(r.why.status, 400u) << body;
  }
}

TEST(RequestReaderTest, AChunkHeaderWithoutEndIsRefused) {
  auto r = read(
      with("Transfer-Encoding: chunked\r\n", "1;" + std::string(50'000, 'x')),
      4096);
  EXPECT_EQ(r.end, state::refused);
}

TEST(RequestReaderTest, TheHeadIsLimitedToTheByte) {
  auto head = [](std::size_t size) {
    std::string out = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    return out + std::string(size - out.size() - 4, 'a') + "\r\n\r\n";
  };
  for (std::size_t piece : {std::size_t{1}, std::size_t{5000}}) {
    EXPECT_EQ(read(head(1024), piece).end, state::done);
    auto r = read(head(1025), piece);
    EXPECT_EQ(r.end, state::refused);
    EXPECT_EQ(r.why.status, 431u);
    EXPECT_EQ(read(std::string(2000, 'A'), piece).why.status, 431u);
  }
}

TEST(RequestReaderTest, TheBodyIsLimitedToTheByte) {
  auto of = [](std::size_t size) {
    return with(
        "Content-Length: " + std::to_string(size) + "\r\n",
        std::string(size, 'b'));
  };
  EXPECT_EQ(read(of(100)).body.size(), 100u);
  auto r = read(of(101));
  EXPECT_EQ(r.end, state::refused);
  EXPECT_EQ(r.why.status, 413u);
  auto chunked = with(
      "Transfer-Encoding: chunked\r\n",
      "64\r\n" + std::string(100, 'c') + "\r\n1\r\nd\r\n0\r\n\r\n");
  EXPECT_EQ(read(chunked, 7).why.status, 413u);
}

TEST(RequestReaderTest, AnAnnouncedBodyTooLargeIsRefusedBeforeItComes) {
  request_reader reader{1024, 100};
  auto in = with("Content-Length: 101\r\n");
  EXPECT_EQ(reader.advance(in), state::body);
  EXPECT_EQ(reader.advance(in), state::refused);
}

TEST(RequestReaderTest, Http10IsReadAsSuch) {
  auto r = read("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(r.end, state::done);
  EXPECT_EQ(r.head.version, 10u);
  EXPECT_FALSE(r.head.keep_alive);
  EXPECT_TRUE(
      read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head.keep_alive);
}

TEST(RequestReaderTest, OnlyOneExpectationIsKnown) {
  auto r = read(with("Expect: 100-Continue\r\nContent-Length: 1\r\n", "a"));
  EXPECT_TRUE(r.head.expects_continue);
  EXPECT_EQ(read(with("Expect: tea\r\n")).why.status, 417u);
}

} // namespace
} // namespace hansard
