#include "http/upstream/sse_parser.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

namespace hansard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using event_list = std::vector<std::pair<std::string, std::string>>;

struct collector final : sse_sink {
  void on_event(std::string_view type, std::string_view data) override {
    events.emplace_back(type, data);
  }
  event_list events;
};

event_list parse(std::string_view stream) {
  sse_parser parser;
  collector sink;
  EXPECT_TRUE(parser.feed(stream, sink));
  parser.finish(sink, false);
  return sink.events;
}

std::vector<std::string> data_of(std::string_view stream) {
  std::vector<std::string> data;
  for (auto& event : parse(stream))
    data.push_back(event.second);
  return data;
}

TEST(SseParserTest, TheSpaceBehindTheColonIsOptional) {
  EXPECT_THAT(
      data_of("data:a\n\ndata: b\n\ndata:  c\n\n"),
      ElementsAre("a", "b", " c"));
}

TEST(SseParserTest, LinesEndInAnyOfTheThreeWays) {
  EXPECT_THAT(
      data_of("data: a\n\ndata: b\r\rdata: c\r\n\r\ndata: d\r\n\n"),
      ElementsAre("a", "b", "c", "d"));
}

TEST(SseParserTest, SeveralDataLinesAreOneEvent) {
  EXPECT_THAT(data_of("data: a\ndata: b\ndata:\n\n"), ElementsAre("a\nb\n"));
}

TEST(SseParserTest, CommentsAndUnknownFieldsAreNoEvents) {
  EXPECT_THAT(
      data_of(": OPENROUTER PROCESSING\n\n:\nid: 7\nretry: 10\nfoo: bar\n\n"
              "data: a\nid: 8\n\n"),
      ElementsAre("a"));
}

TEST(SseParserTest, AByteOrderMarkIsSkippedAtTheStartOnly) {
  EXPECT_THAT(
      data_of("\xEF\xBB\xBF"
              "data: a\n\n\xEF\xBB\xBF"
              "data: b\n\n"),
      ElementsAre("a"));
}

TEST(SseParserTest, TheTypeBelongsToOneEvent) {
  EXPECT_THAT(
      parse("event: error\ndata: a\n\ndata: b\n\n"),
      ElementsAre(Pair("error", "a"), Pair("", "b")));
}

TEST(SseParserTest, AFieldWithoutColonHasAnEmptyValue) {
  EXPECT_THAT(data_of("data\n\n"), ElementsAre(""));
}

TEST(SseParserTest, AnEventWithoutItsBlankLineIsTakenAtTheEnd) {
  EXPECT_THAT(data_of("data: a\n\ndata: b\n"), ElementsAre("a", "b"));
}

TEST(SseParserTest, AnUnfinishedLineIsDroppedAtTheEnd) {
  EXPECT_THAT(data_of("data: a\n\ndata: {\"cu"), ElementsAre("a"));
}

TEST(SseParserTest, AnyTwoCutsGiveTheSameEvents) {
  const std::string stream = "\xEF\xBB\xBF: hi\r\ndata: one\r\n\r\n"
                             "event: x\rdata: tw\xC3\xB6\rdata:2\r\r"
                             "data: three\n\n:\n\ndata: [DONE]\n\n";
  const auto whole = parse(stream);
  ASSERT_EQ(whole.size(), 4u);
  for (std::size_t i = 0; i <= stream.size(); ++i) {
    for (std::size_t j = i; j <= stream.size(); ++j) {
      sse_parser parser;
      collector sink;
      ASSERT_TRUE(parser.feed(std::string(stream.substr(0, i)), sink));
      ASSERT_TRUE(parser.feed(std::string(stream.substr(i, j - i)), sink));
      ASSERT_TRUE(parser.feed(std::string(stream.substr(j)), sink));
      parser.finish(sink, false);
      ASSERT_EQ(sink.events, whole) << "cut at " << i << " and " << j;
    }
  }
}

TEST(SseParserTest, SingleBytesGiveTheSameEvents) {
  const std::string stream = "data: one\r\n\r\ndata: two\n\n";
  sse_parser parser;
  collector sink;
  for (char c : stream)
    ASSERT_TRUE(parser.feed(std::string(1, c), sink));
  EXPECT_EQ(sink.events, parse(stream));
}

TEST(SseParserTest, ALineOverTheLimitIsRefusedHoweverItComes) {
  for (std::size_t step : {1u, 7u, 100u}) {
    sse_parser parser(16);
    collector sink;
    const std::string line = "data: 0123456789A\n\n";
    bool fine = true;
    for (std::size_t at = 0; at < line.size(); at += step)
      fine = parser.feed(line.substr(at, step), sink);
    EXPECT_FALSE(fine) << step;
    EXPECT_THAT(sink.events, IsEmpty());
    EXPECT_FALSE(parser.feed("data: a\n\n", sink));
    EXPECT_THAT(sink.events, IsEmpty());
  }
}

TEST(SseParserTest, ALineAtTheLimitPasses) {
  sse_parser parser(16);
  collector sink;
  EXPECT_TRUE(parser.feed("data: 0123456789\n\n", sink));
  EXPECT_THAT(sink.events, ElementsAre(Pair("", "0123456789")));
}

TEST(SseParserTest, TheDataOfAnEventIsLimitedOverAllItsLines) {
  sse_parser parser(16);
  collector sink;
  EXPECT_TRUE(parser.feed("data: 01234567\n", sink));
  EXPECT_FALSE(parser.feed("data: 01234567\n", sink));
}

} // namespace
} // namespace hansard
