#include "http/upstream/openai/openai_stream.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hansard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const timestamp noon = *from_iso8601("2026-05-28T12:00:00Z");

/// What a listener would have got.
struct outcome {
  std::string answer;
  std::string reasoning;
  std::vector<std::string> tokens;
  std::optional<upstream_failure> failure;
  upstream_finish finish;
};

outcome take(openai_stream& stream, const token_run& run) {
  outcome got;
  std::size_t at = 0;
  for (const auto& mark : run.marks) {
    const auto text = run.text.substr(at, mark.length);
    at += mark.length;
    got.tokens.push_back(text);
    (mark.channel == token_channel::answer ? got.answer : got.reasoning) +=
        text;
  }
  EXPECT_EQ(at, run.text.size());
  got.failure = stream.failure();
  if (!got.failure)
    got.finish = stream.take_finish();
  return got;
}

outcome read(std::string_view body, bool whole = true) {
  openai_stream stream;
  token_run run;
  stream.feed(body, noon, run);
  stream.end(whole, noon, run);
  return take(stream, run);
}

/// Payloads are written over several lines here, and sent on one.
std::string event(std::string payload) {
  std::erase(payload, '\n');
  return "data: " + payload + "\n\n";
}

std::string choice(std::string_view delta, std::string_view reason = "null") {
  return event(
      R"({"id":"c","object":"chat.completion.chunk","choices":[{"index":0,)"
      R"("delta":)"
      + std::string(delta) + R"(,"finish_reason":)" + std::string(reason)
      + "}]}");
}

std::string text(std::string_view escaped) {
  return choice(R"({"content":")" + std::string(escaped) + R"("})");
}

const std::string stop = choice("{}", R"("stop")");
const std::string done = event("[DONE]");

TEST(OpenaiStreamTest, TokensAreThePiecesOfTheProvider) {
  const auto got = read(
      choice(R"({"role":"assistant","content":""})") + text("Hi") + text(" you")
      + stop + done);
  EXPECT_THAT(got.tokens, ElementsAre("Hi", " you"));
  EXPECT_FALSE(got.failure);
  EXPECT_EQ(got.finish.ending, ending::complete);
  EXPECT_EQ(got.finish.finish_reason, "stop");
  EXPECT_EQ(got.finish.usage.source, usage_source::none);
}

TEST(OpenaiStreamTest, ATokenHasTheTimeOfTheReadThatCompletedIt) {
  openai_stream stream;
  token_run run;
  const auto bytes = text("Hi");
  stream.feed(bytes.substr(0, 20), noon, run);
  stream.feed(bytes.substr(20), noon + std::chrono::seconds(1), run);
  ASSERT_EQ(run.marks.size(), 1u);
  EXPECT_EQ(run.marks[0].at, noon + std::chrono::seconds(1));
}

TEST(OpenaiStreamTest, AnyCutGivesTheSameAnswer) {
  const auto body = text("H\\u00e9€") + text("😀") + stop + done;
  const auto whole = read(body);
  for (std::size_t i = 0; i <= body.size(); ++i) {
    openai_stream stream;
    token_run run;
    stream.feed(std::string(body.substr(0, i)), noon, run);
    stream.feed(std::string(body.substr(i)), noon, run);
    stream.end(true, noon, run);
    const auto got = take(stream, run);
    ASSERT_EQ(got.tokens, whole.tokens) << i;
    ASSERT_FALSE(got.failure) << i;
  }
}

TEST(OpenaiStreamTest, NullContentIsNoToken) {
  const auto got = read(
      choice(R"({"role":"assistant","content":null,"tool_calls":null})")
      + text("a") + stop + done);
  EXPECT_THAT(got.tokens, ElementsAre("a"));
}

TEST(OpenaiStreamTest, AMissingDoneIsFine) {
  const auto got = read(text("a") + stop);
  EXPECT_FALSE(got.failure);
  EXPECT_EQ(got.finish.finish_reason, "stop");
}

TEST(OpenaiStreamTest, AConnectionThatBreaksBehindTheFinishReasonIsFine) {
  EXPECT_FALSE(read(text("a") + stop, false).failure);
}

TEST(OpenaiStreamTest, AnEndWithoutFinishReasonIsTruncated) {
  for (bool whole : {true, false}) {
    const auto got = read(text("a"), whole);
    ASSERT_TRUE(got.failure);
    EXPECT_EQ(got.failure->code, ec::upstream_truncated);
    EXPECT_FALSE(got.failure->retryable);
    EXPECT_EQ(got.answer, "a");
  }
}

TEST(OpenaiStreamTest, AnEndBeforeTheFirstTokenIsWorthAnotherTry) {
  const auto got = read(choice(R"({"role":"assistant","content":""})"));
  ASSERT_TRUE(got.failure);
  EXPECT_EQ(got.failure->code, ec::upstream_truncated);
  EXPECT_TRUE(got.failure->retryable);
}

TEST(OpenaiStreamTest, DoneWithoutFinishReasonIsComplete) {
  const auto got = read(text("a") + done);
  EXPECT_FALSE(got.failure);
  EXPECT_EQ(got.finish.ending, ending::complete);
  EXPECT_EQ(got.finish.finish_reason, "");
}

TEST(OpenaiStreamTest, NothingIsReadBehindDone) {
  EXPECT_EQ(read(text("a") + stop + done + text("b")).answer, "a");
}

TEST(OpenaiStreamTest, UsageComesInAChunkOfItsOwn) {
  const auto got = read(
      text("a") + stop
      + event(R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,
      "total_tokens":11,"prompt_tokens_details":{"cached_tokens":4},
      "completion_tokens_details":{"reasoning_tokens":1}}})")
      + done);
  EXPECT_EQ(
      got.finish.usage, (token_usage{usage_source::reported, 9, 2, 4, 1}));
}

TEST(OpenaiStreamTest, UsageComesInTheLastContentChunk) {
  const auto got =
      read(text("a") + event(R"({"choices":[{"index":0,"delta":{"content":"b"},
      "finish_reason":"stop"}],"usage":{"prompt_tokens":9,
      "completion_tokens":2,"prompt_tokens_details":null}})"));
  EXPECT_EQ(got.answer, "ab");
  EXPECT_EQ(
      got.finish.usage, (token_usage{usage_source::reported, 9, 2, 0, 0}));
}

TEST(OpenaiStreamTest, NullAndNonsenseUsageAreTolerated) {
  const auto got = read(
      event(R"({"choices":[],"usage":null})")
      + event(R"({"choices":[],"usage":{"prompt_tokens":-1,
        "completion_tokens":"x"}})")
      + text("a") + stop);
  EXPECT_EQ(got.finish.usage.prompt, 0u);
}

TEST(OpenaiStreamTest, BothNamesOfReasoningAreKnown) {
  const auto got = read(
      choice(R"({"reasoning_content":"hm","content":null})")
      + choice(R"({"reasoning":" so"})") + text("a") + stop);
  EXPECT_EQ(got.reasoning, "hm so");
  EXPECT_EQ(got.answer, "a");
}

TEST(OpenaiStreamTest, ReasoningSentUnderBothNamesCountsOnce) {
  const auto got =
      read(choice(R"({"reasoning_content":"hm","reasoning":"hm"})") + stop);
  EXPECT_EQ(got.reasoning, "hm");
}

TEST(OpenaiStreamTest, ContentBlocksAreText) {
  const auto got = read(
      choice(R"({"content":[{"type":"thinking","thinking":
      [{"type":"text","text":"hm"}]},{"type":"text","text":"a"},7]})")
      + stop);
  EXPECT_EQ(got.reasoning, "hm");
  EXPECT_EQ(got.answer, "a");
}

TEST(OpenaiStreamTest, ARefusalIsTheAnswer) {
  EXPECT_EQ(read(choice(R"({"refusal":"No."})") + stop).answer, "No.");
}

std::string tool_delta(std::string_view call) {
  return choice(R"({"tool_calls":[)" + std::string(call) + "]}");
}

const std::string tools_over = choice("{}", R"("tool_calls")");

TEST(OpenaiStreamTest, ArgumentsOfAToolCallAreJoined) {
  const auto got = read(
      tool_delta(R"({"index":0,"id":"call_a","type":"function",
                   "function":{"name":"f","arguments":""}})")
      + tool_delta(R"({"index":0,"function":{"arguments":"{\"lo"}})")
      + tool_delta(R"({"index":0,"function":{"arguments":"c\":1}"}})")
      + tools_over + done);
  EXPECT_EQ(got.finish.ending, ending::tool_calls);
  ASSERT_EQ(got.finish.tool_calls.size(), 1u);
  EXPECT_EQ(
      got.finish.tool_calls[0],
      (tool_call_generated{{}, 0, "call_a", "f", R"({"loc":1})"}));
}

TEST(OpenaiStreamTest, ParallelToolCallsInterleaveByIndex) {
  const auto got = read(
      tool_delta(R"({"index":1,"id":"b","function":{"name":"g"}})")
      + tool_delta(R"({"index":0,"id":"a","function":{"name":"f"}})")
      + tool_delta(R"({"index":1,"function":{"arguments":"[1"}},
                    {"index":0,"function":{"arguments":"[2"}})")
      + tool_delta(R"({"index":0,"function":{"arguments":"]"}})")
      + tool_delta(R"({"index":1,"function":{"arguments":"]"}})") + tools_over);
  ASSERT_EQ(got.finish.tool_calls.size(), 2u);
  EXPECT_EQ(
      got.finish.tool_calls[0], (tool_call_generated{{}, 0, "a", "f", "[2]"}));
  EXPECT_EQ(
      got.finish.tool_calls[1], (tool_call_generated{{}, 1, "b", "g", "[1]"}));
}

TEST(OpenaiStreamTest, AToolCallWithoutIdIsTaken) {
  const auto got = read(
      tool_delta(R"({"index":0,"function":{"name":"f","arguments":"{}"}})")
      + tools_over);
  ASSERT_EQ(got.finish.tool_calls.size(), 1u);
  EXPECT_EQ(got.finish.tool_calls[0].id, "");
  EXPECT_EQ(got.finish.tool_calls[0].arguments, "{}");
}

TEST(OpenaiStreamTest, ToolCallsWithoutIndexAreToldApartByTheirIds) {
  const auto got = read(
      tool_delta(R"({"id":"a","function":{"name":"f","arguments":"1"}})")
      + tool_delta(R"({"function":{"arguments":"2"}})")
      + tool_delta(R"({"id":"b","function":{"name":"g","arguments":"3"}})")
      + tools_over);
  ASSERT_EQ(got.finish.tool_calls.size(), 2u);
  EXPECT_EQ(got.finish.tool_calls[0].arguments, "12");
  EXPECT_EQ(got.finish.tool_calls[1].arguments, "3");
}

TEST(OpenaiStreamTest, TwoIdsUnderOneIndexAreTwoCalls) {
  const auto got = read(
      tool_delta(R"({"index":0,"id":"a","function":{"name":"f",
                   "arguments":"{}"}})")
      + tool_delta(R"({"index":0,"id":"b","function":{"name":"g",
                     "arguments":{"x":1}}})")
      + tools_over);
  ASSERT_EQ(got.finish.tool_calls.size(), 2u);
  EXPECT_EQ(got.finish.tool_calls[1].index, 1u);
  EXPECT_EQ(got.finish.tool_calls[1].arguments, R"({"x":1})");
}

TEST(OpenaiStreamTest, TheLegacyFunctionCallIsAToolCall) {
  const auto got = read(
      choice(R"({"function_call":{"name":"f","arguments":"{"}})")
      + choice(R"({"function_call":{"arguments":"}"}})")
      + choice("{}", R"("function_call")"));
  EXPECT_EQ(got.finish.ending, ending::tool_calls);
  EXPECT_EQ(got.finish.finish_reason, "function_call");
  ASSERT_EQ(got.finish.tool_calls.size(), 1u);
  EXPECT_EQ(got.finish.tool_calls[0].arguments, "{}");
}

TEST(OpenaiStreamTest, ToolCallsWithoutEndAreRefused) {
  std::string body;
  for (int i = 0; i < 200; ++i)
    body +=
        tool_delta(R"({"index":)" + std::to_string(i) + R"(,"function":{}})");
  const auto got = read(body);
  ASSERT_TRUE(got.failure);
  EXPECT_EQ(got.failure->code, ec::upstream_failed);
  EXPECT_FALSE(got.failure->retryable);
}

TEST(OpenaiStreamTest, ArgumentsWithoutEndAreRefused) {
  const auto delta = tool_delta(
      R"({"index":0,"function":{"arguments":")" + std::string(500'000, 'x')
      + "\"}}");
  openai_stream stream;
  token_run run;
  for (int i = 0; i < 9 && !stream.ended(); ++i)
    stream.feed(delta, noon, run);
  ASSERT_TRUE(stream.failure());
  EXPECT_THAT(stream.failure()->message, HasSubstr("tool call"));
}

TEST(OpenaiStreamTest, AnErrorInTheStreamEndsIt) {
  const auto got = read(
      text("a")
      + event(R"({"error":{"message":"out of memory","type":"server_error"}})")
      + text("b"));
  ASSERT_TRUE(got.failure);
  EXPECT_EQ(got.failure->code, ec::upstream_failed);
  EXPECT_THAT(got.failure->message, HasSubstr("out of memory"));
  EXPECT_FALSE(got.failure->retryable);
  EXPECT_EQ(got.answer, "a");
}

TEST(OpenaiStreamTest, AnOverloadBeforeTheFirstTokenIsWorthAnotherTry) {
  EXPECT_TRUE(read(event(R"({"error":{"message":"busy","code":503}})"))
                  .failure->retryable);
  EXPECT_TRUE(read(event(R"({"error":{"type":"rate_limit_error"}})"))
                  .failure->retryable);
  EXPECT_FALSE(read(event(R"({"error":{"type":"invalid_request_error"}})"))
                   .failure->retryable);
}

TEST(OpenaiStreamTest, OtherShapesOfErrorsAreKnown) {
  for (const auto& body :
       {event(R"({"error":"bad news"})"),
        event(R"({"object":"error","message":"bad news","code":40001})"),
        "event: error\n" + event(R"({"message":"bad news"})")}) {
    const auto got = read(body);
    ASSERT_TRUE(got.failure) << body;
    EXPECT_THAT(got.failure->message, HasSubstr("bad news")) << body;
  }
}

TEST(OpenaiStreamTest, ANullErrorIsNone) {
  const auto got =
      read(event(R"({"error":null,"choices":[{"index":0,"delta":{"content":"a"},
              "finish_reason":"stop"}]})"));
  EXPECT_FALSE(got.failure);
  EXPECT_EQ(got.answer, "a");
}

TEST(OpenaiStreamTest, FinishReasonsAreMapped) {
  const std::pair<const char*, ending> words[] = {
      {"stop", ending::complete},
      {"length", ending::length},
      {"tool_calls", ending::tool_calls},
      {"function_call", ending::tool_calls},
      {"content_filter", ending::content_filter},
      {"eos_found", ending::complete}};
  for (const auto& [word, mapped] : words) {
    const auto got =
        read(text("a") + choice("{}", '"' + std::string(word) + '"'));
    EXPECT_EQ(got.finish.ending, mapped) << word;
    EXPECT_EQ(got.finish.finish_reason, word);
  }
}

TEST(OpenaiStreamTest, ObfuscationIsIgnored) {
  const auto got = read(
      event(R"({"choices":[{"index":0,"delta":{"content":"a"}}],
              "obfuscation":"Zz9"})")
      + stop);
  EXPECT_THAT(got.tokens, ElementsAre("a"));
}

TEST(OpenaiStreamTest, OtherChoicesAreIgnored) {
  const auto got = read(
      event(R"({"choices":[{"index":1,"delta":{"content":"b"},
              "finish_reason":"length"},
              {"index":0,"delta":{"content":"a"}}]})")
      + stop);
  EXPECT_EQ(got.answer, "a");
  EXPECT_EQ(got.finish.finish_reason, "stop");
}

TEST(OpenaiStreamTest, InvalidUtf8IsReplaced) {
  EXPECT_EQ(
      read(
          text("a\xFF"
               "b")
          + stop)
          .answer,
      "a\xEF\xBF\xBD"
      "b");
}

TEST(OpenaiStreamTest, ACharacterCutBetweenTokensIsWhole) {
  const auto got = read(text("a\xE2\x82") + text("\xAC") + text("b") + stop);
  EXPECT_THAT(got.tokens, ElementsAre("a", "€", "b"));
}

TEST(OpenaiStreamTest, ACutCharacterAtTheEndIsReplaced) {
  EXPECT_EQ(read(text("a\xE2\x82") + stop + done).answer, "a\xEF\xBF\xBD");
}

TEST(OpenaiStreamTest, ALoneSurrogateEscapeIsReplaced) {
  EXPECT_EQ(
      read(text(R"(a\ud83dz \\ud83d \ude00 \ud83d\ude00)") + stop).answer,
      "a\xEF\xBF\xBDz \\ud83d \xEF\xBF\xBD 😀");
}

TEST(OpenaiStreamTest, ASurrogatePairCutBetweenTokensIsWhole) {
  EXPECT_EQ(read(text(R"(a\ud83d)") + text(R"(\ude00)") + stop).answer, "a😀");
}

TEST(OpenaiStreamTest, AnEventThatIsNotJsonIsAFailure) {
  const auto got = read(text("a") + event("{oops") + stop);
  ASSERT_TRUE(got.failure);
  EXPECT_EQ(got.failure->code, ec::upstream_failed);
}

TEST(OpenaiStreamTest, DeepJsonIsAFailure) {
  const auto got = read(event(std::string(100'000, '[')));
  ASSERT_TRUE(got.failure);
  EXPECT_EQ(got.failure->code, ec::upstream_failed);
}

TEST(OpenaiStreamTest, JsonOfOtherKindsIsPassedOver) {
  const auto got = read(
      event("null") + event("7") + event("{}") + event(R"({"choices":7})")
      + event(R"({"choices":[7,{"delta":7},{"index":"x"}]})") + text("a")
      + stop);
  EXPECT_FALSE(got.failure);
  EXPECT_EQ(got.answer, "a");
}

TEST(OpenaiStreamTest, ALineWithoutEndIsAFailure) {
  openai_stream stream(1000);
  token_run run;
  stream.feed("data: " + std::string(2000, 'x'), noon, run);
  ASSERT_TRUE(stream.failure());
  EXPECT_EQ(stream.failure()->code, ec::upstream_failed);
}

TEST(OpenaiStreamTest, ALongPieceBecomesSeveralTokens) {
  std::string piece;
  for (int i = 0; i < 20'000; ++i)
    piece += "€";
  const auto got = read(text(piece) + stop);
  EXPECT_EQ(got.answer, piece);
  EXPECT_EQ(got.tokens.size(), 4u);
  for (const auto& token : got.tokens) {
    EXPECT_LE(token.size(), openai_stream::max_token_bytes);
    EXPECT_EQ(to_valid_utf8(token), token);
  }
}

TEST(OpenaiStreamTest, AReplyThatIsNoStreamIsTaken) {
  const auto got = read(R"(
    {"id":"c","object":"chat.completion","choices":[{"index":0,"message":
     {"role":"assistant","content":"Hello","reasoning_content":"hm",
      "tool_calls":[{"id":"a","function":{"name":"f","arguments":"1"}},
                    {"id":"b","function":{"name":"g","arguments":"2"}}]},
      "finish_reason":"tool_calls"}],
     "usage":{"prompt_tokens":3,"completion_tokens":4}})");
  EXPECT_FALSE(got.failure);
  EXPECT_EQ(got.answer, "Hello");
  EXPECT_EQ(got.reasoning, "hm");
  EXPECT_EQ(got.finish.tool_calls.size(), 2u);
  EXPECT_EQ(
      got.finish.usage, (token_usage{usage_source::reported, 3, 4, 0, 0}));
}

TEST(OpenaiStreamTest, AReplyThatIsNoStreamAndBrokeOffIsTruncated) {
  const auto got = read(R"({"choices":[{"message":{"content":"Hel)", false);
  ASSERT_TRUE(got.failure);
  EXPECT_EQ(got.failure->code, ec::upstream_truncated);
  EXPECT_TRUE(got.failure->retryable);
}

TEST(OpenaiStreamTest, AnErrorWithStatus200IsAFailure) {
  const auto got =
      read(R"({"error":{"message":"no such model","type":"x","code":null}})");
  ASSERT_TRUE(got.failure);
  EXPECT_EQ(got.failure->code, ec::upstream_failed);
  EXPECT_THAT(got.failure->message, HasSubstr("no such model"));
}

TEST(OpenaiStreamTest, JsonThatIsNoCompletionIsAFailure) {
  for (std::string_view body : {"{}", "[]", "{\"hello\":1}", "{oops"}) {
    const auto got = read(body);
    ASSERT_TRUE(got.failure) << body;
    EXPECT_EQ(got.failure->code, ec::upstream_failed);
  }
}

TEST(OpenaiStreamTest, ADocumentOverTheLimitIsAFailure) {
  openai_stream stream;
  token_run run;
  stream.feed("{\"x\":\"", noon, run);
  for (int i = 0; i < 10 && !stream.ended(); ++i)
    stream.feed(std::string(500'000, 'x'), noon, run);
  ASSERT_TRUE(stream.failure());
  EXPECT_EQ(stream.failure()->code, ec::upstream_failed);
}

TEST(OpenaiStreamTest, AnEmptyBodyIsTruncated) {
  const auto got = read("");
  ASSERT_TRUE(got.failure);
  EXPECT_EQ(got.failure->code, ec::upstream_truncated);
  EXPECT_THAT(got.tokens, IsEmpty());
}

TEST(OpenaiStreamTest, UsageIsKeptWhenTheStreamFails) {
  const auto got = read(
      event(R"({"choices":[],)"
            R"("usage":{"prompt_tokens":5,"completion_tokens":1}})")
      + text("a"));
  ASSERT_TRUE(got.failure);
  EXPECT_EQ(got.failure->usage.prompt, 5u);
}

struct reason_case {
  std::string_view reason;
  ending means;
};

TEST(OpenaiStreamTest, FinishReasonsOfTheServersBehindGatewaysAreMapped) {
  for (auto [reason, means] : std::initializer_list<reason_case>{
           {"STOP", ending::complete},
           {"end_turn", ending::complete},
           {"eos", ending::complete},
           {"max_tokens", ending::length},
           {"MAX_TOKENS", ending::length},
           {"model_length", ending::length},
           {"tool_use", ending::tool_calls},
           {"SAFETY", ending::content_filter},
           {"RECITATION", ending::content_filter},
           {"sensitive", ending::content_filter},
           {"refusal", ending::content_filter}}) {
    const auto got = read(
        text("par") + choice("{}", '"' + std::string(reason) + '"') + done);
    ASSERT_FALSE(got.failure) << reason;
    EXPECT_EQ(got.finish.ending, means) << reason;
    EXPECT_EQ(got.finish.finish_reason, reason);
  }
}

TEST(OpenaiStreamTest, AFinishReasonThatSaysItFailedIsAFailure) {
  for (std::string_view reason :
       {"error", "abort", "network_error", "insufficient_system_resource",
        "MALFORMED_FUNCTION_CALL"}) {
    const auto last = choice("{}", '"' + std::string(reason) + '"');
    const auto late = read(text("par") + last + done);
    ASSERT_TRUE(late.failure) << reason;
    EXPECT_EQ(late.failure->code, ec::upstream_failed);
    EXPECT_FALSE(late.failure->retryable);
    EXPECT_THAT(late.failure->message, HasSubstr(reason));
    const auto early = read(last + done);
    ASSERT_TRUE(early.failure) << reason;
    EXPECT_TRUE(early.failure->retryable) << reason;
  }
}

TEST(OpenaiStreamTest, AnUnknownFinishReasonIsCompleteAndToldApart) {
  openai_stream stream;
  token_run run;
  stream.feed(text("a") + choice("{}", R"("vibes")"), noon, run);
  EXPECT_FALSE(stream.knows_finish_reason());
  stream.end(true, noon, run);
  EXPECT_EQ(take(stream, run).finish.ending, ending::complete);
}

TEST(OpenaiStreamTest, AFilterThatSpeaksBehindTheFinishReasonCounts) {
  const auto got =
      read(text("par") + stop + choice("{}", R"("content_filter")") + done);
  ASSERT_FALSE(got.failure);
  EXPECT_EQ(got.finish.ending, ending::content_filter);
}

TEST(OpenaiStreamTest, DoneWithoutAnyChoiceIsNoAnswer) {
  for (const auto& body : {done, event(R"({"choices":[]})") + done}) {
    const auto got = read(body);
    ASSERT_TRUE(got.failure);
    EXPECT_EQ(got.failure->code, ec::upstream_truncated);
    EXPECT_TRUE(got.failure->retryable);
  }
}

TEST(OpenaiStreamTest, TextIsFoundWhereOtherServersPutIt) {
  EXPECT_EQ(
      read(event(R"({"choices":[{"index":0,"text":"old"}]})") + stop).answer,
      "old");
  EXPECT_EQ(
      read(choice(R"({"content":{"type":"text","text":"one"}})") + stop).answer,
      "one");
  EXPECT_EQ(read(choice(R"({"content":42})") + stop).answer, "42");
}

TEST(OpenaiStreamTest, ACallThatEndsWithStopIsACall) {
  const auto got = read(
      choice(R"({"tool_calls":[{"index":0,"id":"a",)"
             R"("function":{"name":"f","arguments":"{}"}}]})")
      + stop + done);
  ASSERT_FALSE(got.failure);
  EXPECT_EQ(got.finish.ending, ending::tool_calls);
  EXPECT_EQ(got.finish.finish_reason, "stop");
}

TEST(OpenaiStreamTest, TheNameOfACallMayComeInPieces) {
  const auto piece = [](std::string_view name) {
    return choice(
        R"({"tool_calls":[{"index":0,"id":"a","function":{"name":")"
        + std::string(name) + R"("}}]})");
  };
  EXPECT_EQ(
      read(piece("get_") + piece("weather") + stop)
          .finish.tool_calls.at(0)
          .function,
      "get_weather");
  EXPECT_EQ(
      read(piece("get") + piece("get") + stop).finish.tool_calls.at(0).function,
      "get");
}

TEST(OpenaiStreamTest, NumbersThatAreNoneAreReadAsNull) {
  for (std::string_view number : {"NaN", "Infinity", "-Infinity"}) {
    const auto got = read(
        event(
            R"({"choices":[{"index":0,"delta":{"content":"NaN \"NaN"},)"
            R"("logprobs":{"x":[)"
            + std::string(number) + "]}}]}")
        + stop);
    ASSERT_FALSE(got.failure) << number;
    EXPECT_EQ(got.answer, "NaN \"NaN");
  }
}

TEST(OpenaiStreamTest, EventsThatNoClientReadsAreIgnored) {
  const std::string noise = "event: ping\ndata: 2026-05-28\n\n"
                            "data:   \n\ndata:\t\n\n";
  const auto got = read(
      noise + text("Hi") + noise + stop + "data: oops\n\ndata:  [DONE]\n\n");
  ASSERT_FALSE(got.failure);
  EXPECT_EQ(got.answer, "Hi");
}

TEST(OpenaiStreamTest, EventsPartedByOneLineBreakAreRead) {
  auto body = text("Hi") + text(" you") + stop + done;
  for (auto at = body.find("\n\n"); at != std::string::npos;
       at = body.find("\n\n"))
    body.erase(at, 1);
  const auto got = read(body + "\n");
  ASSERT_FALSE(got.failure);
  EXPECT_EQ(got.answer, "Hi you");
}

TEST(OpenaiStreamTest, TheLastLineOfAWholeBodyNeedsNoEnd) {
  auto body = text("Hi") + stop;
  body.erase(body.size() - 2);
  EXPECT_FALSE(read(body).failure);
  EXPECT_TRUE(read(body, false).failure);
}

TEST(OpenaiStreamTest, OnlyNumbersThatWereThereAreReported) {
  const auto usage_of = [](std::string_view members) {
    return read(
               text("Hi") + stop
               + event(R"({"choices":[],"usage":)" + std::string(members) + '}')
               + done)
        .finish.usage;
  };
  for (std::string_view none :
       {"{}", R"({"prompt_tokens":null,"completion_tokens":null})",
        R"({"prompt_tokens":0,"completion_tokens":0})",
        R"({"prompt_tokens":"many"})", R"({"total_tokens":9})"})
    EXPECT_EQ(usage_of(none).source, usage_source::none) << none;
  for (std::string_view told :
       {R"({"prompt_tokens":5,"completion_tokens":2})",
        R"({"input_tokens":5,"output_tokens":2})",
        R"({"prompt_tokens":5.0,"completion_tokens":2.0})",
        R"({"prompt_tokens":"5","completion_tokens":"2"})"}) {
    EXPECT_EQ(usage_of(told).source, usage_source::reported) << told;
    EXPECT_EQ(usage_of(told).prompt, 5u) << told;
    EXPECT_EQ(usage_of(told).completion, 2u) << told;
  }
}

TEST(OpenaiStreamTest, AnEmptyReportOverwritesNoNumbers) {
  const auto got = read(
      text("Hi")
      + event(
          R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}})")
      + stop + event(R"({"choices":[],"usage":{}})") + done);
  EXPECT_EQ(got.finish.usage.prompt, 7u);
  EXPECT_EQ(got.finish.usage.completion, 3u);
}

TEST(OpenaiStreamTest, AByteOrderMarkBeforeADocumentIsPassedOver) {
  const auto got = read(
      "\xEF\xBB\xBF"
      R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]})");
  ASSERT_FALSE(got.failure);
  EXPECT_EQ(got.answer, "Hi");
}

TEST(OpenaiStreamTest, AnErrorInAnArrayKeepsItsMessage) {
  const auto got =
      read(R"([{"error":{"code":400,"message":"no such model"}}])");
  ASSERT_TRUE(got.failure);
  EXPECT_THAT(got.failure->message, HasSubstr("no such model"));
}

TEST(OpenaiStreamTest, MarkupIsRecognised) {
  openai_stream page;
  token_run run;
  page.feed("\n<!doctype html>", noon, run);
  EXPECT_TRUE(page.is_markup());
  openai_stream events;
  events.feed(text("<b>"), noon, run);
  EXPECT_FALSE(events.is_markup());
}

} // namespace
} // namespace hansard
