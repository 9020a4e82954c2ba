#include "http/message/request_ids.hpp"
#include "tests/http/harness/server_fixture.hpp"

#include <set>

namespace hansard::test {
namespace {

// The example of W3C Trace Context, §3.2.
constexpr std::string_view example =
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr std::string_view example_trace = "0af7651916cd43dd8448eb211c80319c";

class ServerTraceTest : public ServerTest {
protected:
  /// What a turn is begun with, asked for with these headers.
  trace_context trace_of(const std::string& fields) {
    auto client = connect();
    auto request = chat_request_bytes();
    request.insert(request.find("\r\n") + 2, fields);
    client.send(request);
    auto n = asked_++;
    auto command = actors.turn_asked(n);
    actors.attached(n).sink->finish();
    client.read_response();
    return command.trace.value();
  }

  /// The traceId that an error tells; empty: none.
  std::string told(const std::string& fields) {
    auto r = ask("GET /nowhere HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n");
    auto at = r.body.find(R"("traceId":")");
    return at == r.body.npos ? "" : r.body.substr(at + 11, 32);
  }

private:
  std::size_t asked_ = 0;
};

TEST_F(ServerTraceTest, TheCallersTraceGoesOnInASpanOfItsOwn) {
  std::set<std::string> spans;
  for (int i = 0; i < 3; ++i) {
    auto trace = trace_of("traceparent: " + std::string(example) + "\r\n");
    EXPECT_EQ(trace.trace_text(), example_trace);
    EXPECT_TRUE(trace.sampled);
    spans.insert(trace.span_text());
  }
  EXPECT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans.count("b7ad6b7169203331"), 0u);
}

TEST_F(ServerTraceTest, WhatIsNoTraceIsIgnoredAndANewOneBegun) {
  std::set<std::string> traces;
  std::string header(example);
  for (const auto& fields :
       {std::string(), std::string("traceparent: nonsense\r\n"),
        std::string("traceparent: 00-") + std::string(32, '0')
            + "-b7ad6b7169203331-01\r\n",
        "traceparent: " + header + "\r\ntraceparent: " + header + "\r\n"}) {
    auto trace = trace_of(fields);
    EXPECT_NE(trace.trace_text(), example_trace);
    EXPECT_FALSE(trace.sampled);
    traces.insert(trace.trace_text());
  }
  EXPECT_EQ(traces.size(), 4u);
}

TEST_F(ServerTraceTest, AnErrorNamesTheTraceThatItsCallerNamed) {
  EXPECT_EQ(
      told("traceparent: " + std::string(example) + "\r\n"), example_trace);
  EXPECT_EQ(told(""), "");
  EXPECT_EQ(told("traceparent: nonsense\r\n"), "");
}

TEST_F(ServerTraceTest, EachCallOfAModelHasASpanOfItsOwn) {
  auto request = begin_trace(example);
  auto first = next_span(request);
  auto second = next_span(request);
  EXPECT_EQ(first.trace, request.trace);
  EXPECT_NE(first.span, request.span);
  EXPECT_NE(first.span, second.span);
}

} // namespace
} // namespace hansard::test
