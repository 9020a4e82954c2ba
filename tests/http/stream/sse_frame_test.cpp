#include "http/stream/sse_frame.hpp"
#include "http/text/line_separators.hpp"
#include "tests/http/harness/fake_controller.hpp"

#include <gmock/gmock.h>

namespace hansard::test {
namespace {

constexpr std::size_t no_limit = 1 << 20;

std::string frame(
    const event_batch& batch, stream_version after = {},
    token_framing framing = token_framing::one_each) {
  std::string out;
  frame_cursor at;
  EXPECT_TRUE(append_events(out, batch, at, after, framing, no_limit).whole);
  return out;
}

std::string frame(event e) { return frame(*event_batch_of(9, std::move(e))); }

TEST(SseFrameTest, EachTokenIsAnEventWithItsVersion) {
  EXPECT_EQ(
      frame(*token_batch(4, {"Hi", " \"you\"\n"})),
      "id: 4\ndata: {\"chunk\":\"Hi\"}\n\n"
      "id: 5\ndata: {\"chunk\":\" \\\"you\\\"\\n\"}\n\n");
}

TEST(SseFrameTest, EventsUpToAfterAreLeftOut) {
  EXPECT_EQ(
      frame(*token_batch(4, {"a", "b", "c"}), {5}),
      "id: 6\ndata: {\"chunk\":\"c\"}\n\n");
  EXPECT_EQ(frame(*token_batch(4, {"a"}), {4}), "");
}

TEST(SseFrameTest, CatchingUpJoinsTokensUnderTheLastVersion) {
  EXPECT_EQ(
      frame(*token_batch(4, {"a", "b", "c"}), {4}, token_framing::coalesced),
      "id: 6\ndata: {\"chunk\":\"bc\"}\n\n");
}

TEST(SseFrameTest, JoinedEventsStayNearTheirSize) {
  std::vector<std::string> texts(100, std::string(1024, 'x'));
  auto out = frame(*token_batch(1, texts), {}, token_framing::coalesced);
  std::size_t events = 0;
  for (std::size_t at = 0; (at = out.find("id: ", at)) != std::string::npos;
       ++at)
    ++events;
  EXPECT_EQ(events, 7u);
  EXPECT_EQ(out.rfind("id: 100\n"), out.rfind("id: "));
}

TEST(SseFrameTest, ReasoningStandsBesideAnEmptyChunk) {
  event_batch batch;
  batch.first_version = {7};
  token_run run;
  run.add({}, token_channel::reasoning, "hm");
  run.add({}, token_channel::answer, "42");
  batch.items.push_back(run);
  const auto expected = "id: 7\ndata: {\"chunk\":\"\",\"reasoning\":\"hm\"}\n\n"
                        "id: 8\ndata: {\"chunk\":\"42\"}\n\n";
  EXPECT_EQ(frame(batch), expected);
  // Two channels are never joined.
  EXPECT_EQ(frame(batch, {}, token_framing::coalesced), expected);
}

TEST(SseFrameTest, AToolCallHasTheShapeThatClientsKnow) {
  EXPECT_EQ(
      frame(tool_call_generated{{}, 1, "call_a", "f", "{\"x\":1}"}),
      R"(id: 9
data: {"chunk":"","toolCall":{"index":1,"id":"call_a","type":"function",)"
      R"("function":{"name":"f","arguments":"{\"x\":1}"}}})"
      "\n\n");
}

TEST(SseFrameTest, ACompletionSaysHowAndWhatItTook) {
  EXPECT_EQ(
      frame(completed()),
      R"(id: 9
data: {"chunk":"","end":"complete","finishReason":"stop","usage":{)"
      R"("source":"reported","promptTokens":9,"completionTokens":2,)"
      R"("totalTokens":11,"cachedTokens":0,"reasoningTokens":0}})"
      "\n\n");
}

TEST(SseFrameTest, AFailureCarriesItsCodeInCapitals) {
  EXPECT_EQ(
      frame(failed(ec::upstream_truncated, "cut", ending::truncated)),
      R"(id: 9
data: {"chunk":"","end":"truncated","error":{"code":"UPSTREAM_TRUNCATED",)"
      R"("message":"cut"}})"
      "\n\n");
  EXPECT_NE(
      frame(generation_interrupted{{}, "restart", {}})
          .find(R"("end":"interrupted","error":{"code":"INTERRUPTED")"),
      std::string::npos);
  EXPECT_EQ(
      frame(generation_cancelled{}),
      "id: 9\ndata: {\"chunk\":\"\",\"end\":\"cancelled\"}\n\n");
}

TEST(SseFrameTest, WhatIsNotForClientsIsSilent) {
  for (event e :
       {event{turn_admitted{}}, event{generation_started{}},
        event{generation_attempt_failed{}}, event{client_attached{}},
        event{client_detached{}}, event{title_changed{}},
        event{messages_received{}}, event{unknown_event{}}})
    EXPECT_EQ(frame(e), "");
}

TEST(SseFrameTest, FramingInPiecesEqualsFramingAtOnce) {
  event_batch batch;
  batch.first_version = {1};
  batch.items.push_back(stamped_event{{}, generation_started{}});
  batch.items.push_back(answer({}, {"a", "bb", "", "cccc"}));
  batch.items.push_back(stamped_event{{}, tool_call_generated{}});
  batch.items.push_back(answer({}, {"d"}));
  batch.items.push_back(stamped_event{{}, completed()});
  auto whole = frame(batch);
  for (std::size_t limit = 1; limit < whole.size(); limit += 7) {
    std::string joined;
    frame_cursor at;
    framed done;
    stream_version last;
    int pieces = 0;
    do {
      std::string piece;
      done =
          append_events(piece, batch, at, {}, token_framing::one_each, limit);
      if (done.last_shown.value > 0)
        last = done.last_shown;
      joined += piece;
    } while (!done.whole && ++pieces < 100);
    EXPECT_EQ(joined, whole) << limit;
    EXPECT_EQ(last, stream_version{8});
  }
}

TEST(SseFrameTest, TheLastIdIsOfAnEventThatIsThereWhole) {
  auto whole = "HTTP/1.1 200 OK\r\n\r\n2a\r\n" + std::string(sse_retry)
               + frame(*token_batch(4, {"a", "b"}));
  EXPECT_EQ(last_whole_id(whole), stream_version{5});
  EXPECT_EQ(last_whole_id(whole + std::string(sse_ping)), stream_version{5});
  EXPECT_EQ(
      last_whole_id(whole.substr(0, whole.size() - 1)), stream_version{4});
  EXPECT_EQ(last_whole_id(whole.substr(0, 50)), stream_version{0});
  EXPECT_EQ(last_whole_id(""), stream_version{0});
  EXPECT_EQ(last_whole_id("1c\r\nid: 12\ndata: {}\n\n"), stream_version{12});
}

TEST(SseFrameTest, TheEstimateCoversPlainTokens) {
  std::vector<std::string> texts(1000, "word");
  auto batch = token_batch(100'000, texts);
  auto size = frame(*batch).size();
  EXPECT_GE(framed_size_estimate(*batch) + size / 10, size);
  EXPECT_LE(framed_size_estimate(*batch), 2 * size);
}

TEST(SseFrameTest, AnErrorOutsideTheLogHasNoId) {
  std::string out;
  append_error(out, make_error(ec::internal, "lost"));
  EXPECT_EQ(
      out, "data: {\"chunk\":\"\",\"end\":\"failed\",\"error\":{\"code\":"
           "\"INTERNAL\",\"message\":\"lost\"}}\n\n");
}

TEST(SseFrameTest, NoReaderFindsALineBreakInsideAnEventsData) {
  std::string json = "{\"chunk\":\"a\xE2\x80\xA8"
                     "b\xE2\x80\xA9"
                     "c\xC2\x85"
                     "d\"}";
  escape_line_separators(json);
  EXPECT_EQ(json, R"({"chunk":"a\u2028b\u2029c\u0085d"})");

  std::string out;
  append_error(out, make_error(ec::internal, "one\xE2\x80\xA8two"));
  EXPECT_THAT(out, testing::HasSubstr(R"(one\u2028two)"));
}

TEST(SseFrameTest, WhatIsBeforeTheDataIsLeftAsItIs) {
  std::string out = "x\xE2\x80\xA8";
  escape_line_separators(out, out.size());
  EXPECT_EQ(out, "x\xE2\x80\xA8");
}

TEST(SseFrameTest, NeitherRetryNorPingIsAnEventOfItsOwn) {
  EXPECT_EQ(sse_retry.find("\n\n"), std::string_view::npos);
  EXPECT_EQ(sse_ping.find("\n\n"), std::string_view::npos);
  EXPECT_TRUE(sse_retry.ends_with('\n'));
  EXPECT_TRUE(sse_ping.ends_with('\n'));
}

} // namespace
} // namespace hansard::test
