#include "tests/http/harness/server_fixture.hpp"

#include <array>

namespace hansard::test {
namespace {

/// Bytes of one request, hostile or odd, and what HTTP says about it.
struct attack {
  std::string_view name;
  std::string bytes;
  /// RFC and section that lets, or makes, a server answer so.
  std::string_view source;
  unsigned status = 400;
};

/// What an attacker hopes to have answered as if somebody else had sent it.
constexpr std::string_view smuggled =
    "GET /healthz HTTP/1.1\r\nHost: h\r\nX-Request-Id: smuggled\r\n\r\n";

std::string post(std::string_view fields, std::string_view body = {}) {
  return "POST /api/chat HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n"
         + std::string(body);
}

/// A chunked body of a caller who may send one, so that it is read.
std::string chunked(std::string_view body) {
  return post(
      "Authorization: Bearer member-key-0123456789abcd\r\n"
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
      body);
}

std::string fetch(std::string_view target, std::string_view fields = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n"
         + std::string(fields) + "\r\n";
}

std::string with_nul(std::string text) {
  for (auto& c : text)
    if (c == '\a')
      c = '\0';
  return text;
}

std::vector<attack> lengths() {
  return {
      {"length twice, the same",
       post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
       "RFC 9112 6.3"},
      {"length twice, another",
       post("Content-Length: 2\r\nContent-Length: 60\r\n", "{}"),
       "RFC 9112 6.3"},
      {"a list of lengths", post("Content-Length: 2, 2\r\n", "{}"),
       "RFC 9112 6.3"},
      {"a list of other lengths", post("Content-Length: 0, 2\r\n", "{}"),
       "RFC 9112 6.3"},
      {"a negative length", post("Content-Length: -2\r\n"), "RFC 9110 8.6"},
      {"a signed length", post("Content-Length: +2\r\n", "{}"), "RFC 9110 8.6"},
      {"a hexadecimal length", post("Content-Length: 0x2\r\n", "{}"),
       "RFC 9110 8.6"},
      {"a length with a fraction", post("Content-Length: 2.0\r\n", "{}"),
       "RFC 9110 8.6"},
      {"a length with an exponent", post("Content-Length: 2e0\r\n", "{}"),
       "RFC 9110 8.6"},
      {"a length with an underscore", post("Content-Length: 1_0\r\n"),
       "RFC 9110 8.6"},
      {"a length in two words", post("Content-Length: 0 2\r\n", "{}"),
       "RFC 9110 8.6"},
      {"a quoted length", post("Content-Length: \"2\"\r\n", "{}"),
       "RFC 9110 8.6"},
      {"no length in the field", post("Content-Length:\r\n", "{}"),
       "RFC 9110 8.6"},
      {"2^64", post("Content-Length: 18446744073709551616\r\n"),
       "RFC 9110 8.6"},
      {"2^64 + 2", post("Content-Length: 18446744073709551618\r\n", "{}"),
       "RFC 9110 8.6"},
      {"a length after a vertical tab", post("Content-Length:\v2\r\n", "{}"),
       "RFC 9110 5.6.3"},
      {"a length after a no-break space",
       post(
           "Content-Length:\xa0"
           "2\r\n",
           "{}"),
       "RFC 9110 5.6.3"},
      {"a space before the colon", post("Content-Length : 2\r\n", "{}"),
       "RFC 9112 5.1"},
      {"a tab before the colon", post("Content-Length\t: 2\r\n", "{}"),
       "RFC 9112 5.1"},
      {"length and coding",
       post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       "RFC 9112 6.1"},
      {"coding and length",
       post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
       "RFC 9112 6.1"},
      {"a coding of no kind and length",
       post("Transfer-Encoding: x\r\nContent-Length: 2\r\n", "{}"),
       "RFC 9112 6.1"},
  };
}

std::vector<attack> codings() {
  std::vector<attack> out;
  for (std::string_view value :
       {"chunked, identity",
        "identity, chunked",
        "identity",
        "gzip",
        "gzip, chunked",
        "chunked, chunked",
        "chunked,",
        ", chunked",
        "xchunked",
        "chunkedx",
        "x chunked",
        "chunked x",
        "\"chunked\"",
        "'chunked'",
        "chunked;q=1",
        "chunked; x",
        "chunke\x64\x7f",
        "chunk",
        "\x0b"
        "chunked",
        "chunked\x0c",
        "\xa0"
        "chunked",
        ""})
    out.push_back(
        {value,
         post("Transfer-Encoding: " + std::string(value) + "\r\n", "0\r\n\r\n"),
         "RFC 9112 6.1"});
  auto of = [&](std::string_view name, std::string_view fields,
                std::string_view source) {
    out.push_back({name, post(fields, "0\r\n\r\n"), source});
  };
  of("twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
     "RFC 9112 6.1");
  of("twice, the second unknown",
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", "RFC 9112 6.1");
  of("twice, the first unknown",
     "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n", "RFC 9112 6.1");
  of("space before the colon", "Transfer-Encoding : chunked\r\n",
     "RFC 9112 5.1");
  of("tab before the colon", "Transfer-Encoding\t: chunked\r\n",
     "RFC 9112 5.1");
  of("folded value", "Transfer-Encoding:\r\n chunked\r\n", "RFC 9112 5.2");
  of("folded value by a tab", "Transfer-Encoding:\r\n\tchunked\r\n",
     "RFC 9112 5.2");
  of("folded into another field", "X: a\r\n Transfer-Encoding: chunked\r\n",
     "RFC 9112 5.2");
  of("space before the first field", " Transfer-Encoding: chunked\r\n",
     "RFC 9112 2.2");
  of("behind a bare LF", "X: a\nTransfer-Encoding: chunked\r\n",
     "RFC 9112 2.2");
  of("behind a bare CR", "X: a\rTransfer-Encoding: chunked\r\n",
     "RFC 9112 2.2");
  of("behind CR CR LF", "X: a\r\r\nTransfer-Encoding: chunked\r\n",
     "RFC 9112 2.2");
  of("ended by a bare LF", "Transfer-Encoding: chunked\n", "RFC 9112 2.2");
  of("name with a control byte", "Transfer-Encoding\x01: chunked\r\n",
     "RFC 9110 5.1");
  of("name with a no-break space", "Transfer-Encoding\xa0: chunked\r\n",
     "RFC 9110 5.1");
  out.push_back(
      {"in HTTP/1.0",
       "POST /api/chat HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n"
       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "RFC 9112 6.1"});
  return out;
}

std::vector<attack> chunks() {
  std::vector<attack> out;
  auto of = [&](std::string_view name, std::string body,
                std::string_view source = "RFC 9112 7.1") {
    out.push_back({name, chunked(body), source});
  };
  of("no size", "\r\n{}\r\n0\r\n\r\n");
  of("negative size", "-2\r\n{}\r\n0\r\n\r\n");
  of("signed size", "+2\r\n{}\r\n0\r\n\r\n");
  of("size with a prefix", "0x2\r\n{}\r\n0\r\n\r\n");
  of("size with a letter", "2g\r\n{}\r\n0\r\n\r\n");
  of("size in two words", "0 2\r\n{}\r\n0\r\n\r\n");
  of("space before the size", " 2\r\n{}\r\n0\r\n\r\n");
  of("space after the size", "2 \r\n{}\r\n0\r\n\r\n");
  of("tab after the size", "2\t\r\n{}\r\n0\r\n\r\n");
  of("2^64", "10000000000000000\r\n{}\r\n0\r\n\r\n");
  of("2^64 + 2", "10000000000000002\r\n{}\r\n0\r\n\r\n");
  of("size ended by a bare LF", "2\n{}\r\n0\r\n\r\n");
  of("size ended by a bare CR", "2\r{}\r\n0\r\n\r\n");
  of("data longer than its size", "2\r\n{}}\r\n0\r\n\r\n");
  of("data ended by a bare LF", "2\r\n{}\n0\r\n\r\n");
  of("data ended by a bare CR", "2\r\n{}\r0\r\n\r\n");
  of("data ended by any two bytes", "2\r\n{}xx0\r\n\r\n");
  of("data ended by nothing", "2\r\n{}0\r\n\r\n");
  of("last chunk ended by a bare LF", "2\r\n{}\r\n0\n\r\n");
  of("extension with a bare LF", "2;a\nb\r\n{}\r\n0\r\n\r\n", "RFC 9112 7.1.1");
  of("extension with a bare CR", "2;a\rb\r\n{}\r\n0\r\n\r\n", "RFC 9112 7.1.1");
  of("extension with a quoted LF", "2;a=\"\n\"\r\n{}\r\n0\r\n\r\n",
     "RFC 9112 7.1.1");
  of("extension with an escaped LF", "2;a=\"\\\n\"\r\n{}\r\n0\r\n\r\n",
     "RFC 9112 7.1.1");
  of("extension with a quoted line end", "2;a=\"\r\n\"\r\n{}\r\n0\r\n\r\n",
     "RFC 9112 7.1.1");
  of("extension with a NUL", with_nul("2;a=\"\a\"\r\n{}\r\n0\r\n\r\n"),
     "RFC 9112 7.1.1");
  of("extension with no name", "2;\r\n{}\r\n0\r\n\r\n", "RFC 9112 7.1.1");
  of("extension that is long",
     "2;" + std::string(4'096, 'a') + "\r\n{}\r\n0\r\n\r\n", "RFC 9112 7.1.1");
  of(
      "many extensions in many chunks",
      [] {
        std::string many;
        for (int i = 0; i < 100; ++i)
          many += "1;" + std::string(200, 'a') + "\r\n \r\n";
        return many + "2\r\n{}\r\n0\r\n\r\n";
      }(),
      "RFC 9112 7.1.1");
  for (std::string_view field :
       {"Content-Length: 5", "Transfer-Encoding: chunked", "Host: other",
        "Authorization: Bearer other", "Cookie: a=b", "X-Api-Key: other",
        "Content-Type: text/plain", "Expect: 100-continue", "Trailer: X",
        "X-Forwarded-For: 10.0.0.1"})
    of(field, "2\r\n{}\r\n0\r\n" + std::string(field) + "\r\n\r\n",
       "RFC 9110 6.5.1");
  of("folded trailer", "2\r\n{}\r\n0\r\nX: a\r\n b\r\n\r\n", "RFC 9112 5.2");
  of("trailer with a bare LF", "2\r\n{}\r\n0\r\nX: a\nY: b\r\n\r\n",
     "RFC 9112 2.2");
  of("trailer with a NUL", with_nul("2\r\n{}\r\n0\r\nX: \a\r\n\r\n"),
     "RFC 9110 5.5");
  of("trailer without a colon", "2\r\n{}\r\n0\r\nX\r\n\r\n", "RFC 9112 5");
  of("trailer with a space before the colon", "2\r\n{}\r\n0\r\nX : a\r\n\r\n",
     "RFC 9112 5.1");
  return out;
}

std::vector<attack> lines() {
  std::vector<attack> out;
  auto of = [&](std::string_view name, std::string bytes,
                std::string_view source) {
    out.push_back({name, with_nul(std::move(bytes)), source});
  };
  of("bare LF everywhere", "GET /healthz HTTP/1.1\nHost: h\n\n",
     "RFC 9112 2.2");
  of("bare LF after the request line", "GET /healthz HTTP/1.1\nHost: h\r\n\r\n",
     "RFC 9112 2.2");
  of("bare CR after the request line", "GET /healthz HTTP/1.1\rHost: h\r\n\r\n",
     "RFC 9112 2.2");
  of("a second empty line in front",
     "\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", "RFC 9112 2.2");
  of("space in front", " GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n",
     "RFC 9112 3");
  of("two spaces", "GET  /healthz HTTP/1.1\r\nHost: h\r\n\r\n", "RFC 9112 3");
  of("a tab", "GET\t/healthz HTTP/1.1\r\nHost: h\r\n\r\n", "RFC 9112 3");
  of("space at the end", "GET /healthz HTTP/1.1 \r\nHost: h\r\n\r\n",
     "RFC 9112 3");
  of("space in the target", fetch("/a b"), "RFC 9112 3.2");
  of("NUL in the method", "GE\aT / HTTP/1.1\r\nHost: h\r\n\r\n", "RFC 9110 9");
  of("NUL in the target", fetch("/a\ab"), "RFC 9112 3.2");
  of("NUL in a name", fetch("/healthz", "X\aY: a\r\n"), "RFC 9110 5.1");
  of("NUL in a value", fetch("/healthz", "X: a\ab\r\n"), "RFC 9110 5.5");
  of("ESC in a value", fetch("/healthz", "X: a\x1b[2Jb\r\n"), "RFC 9110 5.5");
  of("DEL in a value", fetch("/healthz", "X: a\x7f\r\n"), "RFC 9110 5.5");
  of("no name", fetch("/healthz", ": a\r\n"), "RFC 9112 5");
  of("no colon", fetch("/healthz", "X\r\n"), "RFC 9112 5");
  of("a name with a space", fetch("/healthz", "X Y: a\r\n"), "RFC 9112 5.1");
  of("a name in brackets", fetch("/healthz", "(X): a\r\n"), "RFC 9110 5.1");
  of("HTTP/0.9", "GET /healthz\r\n\r\n", "RFC 9112 3");
  of("HTTP/1.2", "GET /healthz HTTP/1.2\r\nHost: h\r\n\r\n", "RFC 9112 2.3");
  of("HTTP/1.10", "GET /healthz HTTP/1.10\r\nHost: h\r\n\r\n", "RFC 9112 2.3");
  of("HTTP/2.0", "GET /healthz HTTP/2.0\r\nHost: h\r\n\r\n", "RFC 9112 2.3");
  of("http/1.1", "GET /healthz http/1.1\r\nHost: h\r\n\r\n", "RFC 9112 2.3");
  of("no version", "GET /healthz HTTP/\r\nHost: h\r\n\r\n", "RFC 9112 2.3");
  of("HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "RFC 9113 3.4");
  of("a TLS handshake", "\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03", "RFC 8446");
  return out;
}

std::vector<attack> targets() {
  std::vector<attack> out;
  auto of = [&](std::string_view name, std::string bytes,
                std::string_view source) {
    out.push_back({name, std::move(bytes), source});
  };
  auto to = [](std::string_view target, std::string_view host) {
    return "GET " + std::string(target)
           + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
  };
  of("no Host", "GET /healthz HTTP/1.1\r\n\r\n", "RFC 9112 3.2");
  of("Host twice", fetch("/healthz", "Host: h\r\n"), "RFC 9112 3.2");
  of("another Host", fetch("/healthz", "host: other\r\n"), "RFC 9112 3.2");
  of("no name in Host", to("/healthz", ""), "RFC 9110 4.2.1");
  of("two names in Host", to("/healthz", "h, other"), "RFC 9112 3.2");
  of("two words in Host", to("/healthz", "h other"), "RFC 9112 3.2");
  of("a user in Host", to("/healthz", "user@h"), "RFC 9112 3.2");
  of("a path in Host", to("/healthz", "h/other"), "RFC 9112 3.2");
  of("a query in Host", to("/healthz", "h?other"), "RFC 9112 3.2");
  of("a port of no number", to("/healthz", "h:other"), "RFC 9112 3.2");
  of("a port too large", to("/healthz", "h:65536"), "RFC 9112 3.2");
  of("an open bracket", to("/healthz", "[::1"), "RFC 9112 3.2");
  of("absolute form to another host", to("http://other/healthz", "h"),
     "RFC 9112 3.2.2");
  of("absolute form with a user", to("http://u@h/healthz", "h"),
     "RFC 9110 4.2.4");
  of("absolute form of another scheme", to("ftp://h/healthz", "h"),
     "RFC 9112 3.2.2");
  of("absolute form without a host", to("http:///healthz", "h"),
     "RFC 9110 4.2.1");
  of("a file", to("file:///etc/passwd", "h"), "RFC 9112 3.2.2");
  of("authority form", to("h:80", "h:80"), "RFC 9112 3.2.3");
  of("CONNECT", "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n",
     "RFC 9112 3.2.3");
  of("asterisk form", to("*", "h"), "RFC 9112 3.2.4");
  of("no slash", to("healthz", "h"), "RFC 9112 3.2");
  of("a fragment", to("/healthz#a", "h"), "RFC 9112 3.2");
  of("a backslash", to("\\healthz", "h"), "RFC 9112 3.2");
  of("bytes that are not ASCII", to("/\xc3\xa4", "h"), "RFC 3986 2");
  of("half an escape", to("/api/agents/%2", "h"), "RFC 3986 2.1");
  of("an escape of no number", to("/api/agents/%zz", "h"), "RFC 3986 2.1");
  of("an escaped NUL in the path", to("/api/agents/a%00b", "h"),
     "RFC 3986 7.3");
  of("an escaped line end in the path", to("/api/agents/a%0d%0ab", "h"),
     "RFC 3986 7.3");
  of("an escape that is not UTF-8", to("/api/agents/%c0%af", "h"),
     "RFC 3629 3");
  of("an escaped NUL in the query", to("/healthz?a=%00", "h"), "RFC 3986 7.3");
  return out;
}

std::vector<attack> doubles() {
  std::vector<attack> out;
  for (std::string_view name :
       {"Authorization", "X-Api-Key", "Content-Type", "Expect", "Origin",
        "Sec-Fetch-Site", "Idempotency-Key", "Last-Event-ID"})
    out.push_back(
        {name,
         fetch(
             "/healthz", std::string(name) + ": 100-continue\r\n"
                             + std::string(name) + ": 100-continue\r\n"),
         "RFC 9110 5.3"});
  return out;
}

std::vector<attack> sizes() {
  std::string many;
  for (int i = 0; i < 101; ++i)
    many += "X: a\r\n";
  return {
      {"a long target", fetch("/" + std::string(8'192, 'a')),
       "RFC 9110 15.5.15", 414},
      {"a long method",
       std::string(70'000, 'A') + " / HTTP/1.1\r\nHost: h\r\n\r\n",
       "RFC 6585 5", 431},
      {"a long value",
       fetch("/healthz", "X: " + std::string(66'000, 'a') + "\r\n"),
       "RFC 6585 5", 431},
      {"a long name", fetch("/healthz", std::string(66'000, 'a') + ": a\r\n"),
       "RFC 6585 5", 431},
      {"many fields", fetch("/healthz", many), "RFC 6585 5", 431},
      {"a long body",
       json_request("POST", "/api/chat", {}, "member-key-0123456789abcd")
           .replace(
               json_request(
                   "POST", "/api/chat", {}, "member-key-0123456789abcd")
                   .find("Content-Length: 0"),
               17, "Content-Length: 9999999"),
       "RFC 9110 15.5.14", 413},
      {"a long chunk", chunked("989680\r\n"), "RFC 9110 15.5.14", 413},
  };
}

class SmugglingTest : public ServerTest {
protected:
  SmugglingTest() {
    // A client waits for the end of each connection here.
    options.max_body_bytes = 100'000;
  }

  /// Sends a request with a second one behind it: there must be one answer,
  /// and then an end.
  void expect_refused(const std::vector<attack>& attacks) {
    for (const auto& v : attacks) {
      SCOPED_TRACE(std::string(v.name) + " (" + std::string(v.source) + ")");
      auto client = connect();
      client.send(v.bytes);
      client.send(smuggled);
      client.shut_down_sending();
      auto answer = client.read_head();
      EXPECT_EQ(answer.status, v.status);
      EXPECT_EQ(answer.header("connection"), "close");
      auto rest = client.read_to_end();
      EXPECT_EQ(rest.find("Server: hansard"), rest.npos) << rest;
      EXPECT_EQ(rest.find("smuggled"), rest.npos) << rest;
    }
    EXPECT_EQ(actors.turns_asked(), 0u);
  }
};

TEST_F(SmugglingTest, ALengthThatCouldBeReadInTwoWaysEndsTheConnection) {
  expect_refused(lengths());
}

TEST_F(SmugglingTest, ATransferCodingThatIsNotChunkedAloneEndsTheConnection) {
  expect_refused(codings());
}

TEST_F(SmugglingTest, ABrokenChunkEndsTheConnection) {
  expect_refused(chunks());
}

TEST_F(SmugglingTest, ABrokenLineEndsTheConnection) { expect_refused(lines()); }

TEST_F(SmugglingTest, ATargetOrHostInDoubtEndsTheConnection) {
  expect_refused(targets());
}

TEST_F(SmugglingTest, AFieldThatDecidesSomethingIsThereOnce) {
  expect_refused(doubles());
}

TEST_F(SmugglingTest, WhatIsTooLargeEndsTheConnection) {
  expect_refused(sizes());
}

/// Whatever refuses a request before its body was read: the body is not the
/// next request.
TEST_F(SmugglingTest, ABodyThatWasNotReadIsNoRequest) {
  std::string body(smuggled);
  auto length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  auto key = "Authorization: Bearer " + std::string(member_key) + "\r\n";
  auto json = std::string("Content-Type: application/json\r\n");
  const std::vector<attack> refused{
      {"no credentials", post(json + length, body), "RFC 9112 9.3", 401},
      {"another type", post(key + length, body), "RFC 9112 9.3", 415},
      {"no such path",
       "POST /nowhere HTTP/1.1\r\nHost: h\r\n" + length + "\r\n" + body,
       "RFC 9112 9.3", 404},
      {"another method",
       "PUT /api/chat HTTP/1.1\r\nHost: h\r\n" + length + "\r\n" + body,
       "RFC 9112 9.3", 405},
      {"another expectation",
       post(json + key + length + "Expect: 200-ok\r\n", body),
       "RFC 9110 10.1.1", 417},
      {"a GET with a body",
       "GET /nowhere HTTP/1.1\r\nHost: h\r\n" + length + "\r\n" + body,
       "RFC 9112 9.3", 404}};
  expect_refused(refused);
}

/// Odd and legal: read as HTTP says, and the next request is the next request.
TEST_F(SmugglingTest, WhatIsLegalIsReadToItsEndAndNoFurther) {
  struct legal {
    std::string_view name;
    std::string bytes;
    unsigned status;
    std::string_view source;
  };
  auto key = "Authorization: Bearer " + std::string(member_key) + "\r\n"
             + "Content-Type: application/json\r\n";
  auto chunks = [&](std::string_view body,
                    std::string_view coding = "Transfer-Encoding: chunked") {
    return post(key + std::string(coding) + "\r\n", body);
  };
  const legal all[] = {
      {"one empty line in front", "\r\n" + fetch("/healthz"), 200,
       "RFC 9112 2.2"},
      {"spaces around the length",
       post(key + "Content-Length: \t 2 \t \r\n", "{}"), 400, "RFC 9112 5.1"},
      {"zeros in front of the length",
       post(key + "Content-Length: 002\r\n", "{}"), 400, "RFC 9110 8.6"},
      {"a coding in capitals",
       chunks("2\r\n{}\r\n0\r\n\r\n", "TRANSFER-ENCODING:CHUNKED"), 400,
       "RFC 9112 7"},
      {"a tab in front of the coding",
       chunks("2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding:\tchunked"), 400,
       "RFC 9112 5.1"},
      {"an extension", chunks("2;a=b;c=\"d e\"\r\n{}\r\n0;x\r\n\r\n"), 400,
       "RFC 9112 7.1.1"},
      {"zeros in front of a size", chunks("0002\r\n{}\r\n000\r\n\r\n"), 400,
       "RFC 9112 7.1"},
      {"a trailer", chunks("2\r\n{}\r\n0\r\nX-Checksum: a\r\n\r\n"), 400,
       "RFC 9110 6.5"},
      {"no length, no coding: no body", fetch("/healthz"), 200, "RFC 9112 6.3"},
      {"a length of nothing", fetch("/healthz", "Content-Length: 0\r\n"), 200,
       "RFC 9112 6.3"},
      {"absolute form", "GET http://h/healthz HTTP/1.1\r\nHost: h\r\n\r\n", 200,
       "RFC 9112 3.2.2"},
      {"absolute form, its own spelling",
       "GET HTTP://H:80/healthz HTTP/1.1\r\nHost: h\r\n\r\n", 200,
       "RFC 9110 4.2.3"},
      {"an address as Host",
       "GET /healthz HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200,
       "RFC 9112 3.2"},
      {"HTTP/1.0 that goes on",
       "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200,
       "RFC 9112 9.3"},
      {"dots are a segment like any other", fetch("/api/../healthz"), 404,
       "RFC 3986 3.3"},
      {"escaped dots too", fetch("/api/%2e%2e/healthz"), 404, "RFC 3986 3.3"},
      {"an escaped slash is no slash", fetch("/%2fhealthz"), 404,
       "RFC 3986 2.2"},
      {"two slashes are not one", fetch("//healthz"), 404, "RFC 3986 3.3"},
      {"a parameter is part of the segment", fetch("/healthz;a=b"), 404,
       "RFC 3986 3.3"},
      {"an offer to change to HTTP/2",
       fetch(
           "/healthz", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                       "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
       200, "RFC 9110 7.8"},
  };
  for (const auto& v : all) {
    SCOPED_TRACE(std::string(v.name) + " (" + std::string(v.source) + ")");
    auto client = connect();
    client.send(v.bytes);
    client.send(smuggled);
    client.shut_down_sending();
    EXPECT_EQ(client.read_response().status, v.status);
    auto next = client.read_response();
    EXPECT_EQ(next.status, 200u);
    EXPECT_EQ(next.header("x-request-id"), "smuggled");
    EXPECT_TRUE(client.at_end());
  }
  EXPECT_EQ(actors.turns_asked(), 0u);
}

/// What a path holds in an escaped form is one id, never a way to another
/// route: GET /api/agents/{did} for a member who may not see it is a 404.
TEST_F(SmugglingTest, AnEscapedSlashDoesNotLeadToAnotherRoute) {
  for (std::string_view path :
       {"/api/agents%2fdid:agent:1", "/api%2fusers", "/api/users/%2e%2e/me",
        "/api/users/a%2fkeys", "/api/chat/sessions/%2e%2e", "/api/./users",
        "/api/agents/..%2f..%2fapi%2fusers", "/api/agents/a%252f"}) {
    auto r = ask(get_request(path, member_key));
    EXPECT_TRUE(r.status == 404 || r.status == 405 || r.status == 403)
        << path << ' ' << r.status;
  }
}

} // namespace
} // namespace hansard::test
