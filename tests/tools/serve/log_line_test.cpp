#include "events/text/log_line.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace hansard {
namespace {

const timestamp noon = from_unix_us(1'780'000'000'123'000);
const std::string when = to_iso8601(noon);

using members = std::vector<log_member>;

std::string text_line(std::string_view name, const members& said) {
  return format_log_line(
      log_style::text, noon, "info",
      log_event_text(log_style::text, name, said));
}

boost::json::object json_line(std::string_view name, const members& said) {
  auto line = format_log_line(
      log_style::json, noon, "warning",
      log_event_text(log_style::json, name, said));
  return boost::json::parse(line).as_object();
}

TEST(LogLineTest, EscapesOfControlCharactersStayEscapes) {
  EXPECT_EQ(json_line("request", {{"a", "b\x1b\n"}}).at("a"), R"(b\u001b\n)");
  EXPECT_EQ(
      text_line("request", {{"a", "b\x1b\r\t\x7f"}}),
      "time=" + when
          + R"( level=info event=request a="b\\u001b\\r\\t\\u007f")");
}

TEST(LogLineTest, AnEventHasANameAndMembers) {
  EXPECT_EQ(
      text_line(
          "request", {{"method", "GET"}, {"path", "/a b"}, {"status", 200}}),
      "time=" + when
          + " level=info event=request method=GET path=\"/a b\" status=200");
  auto object = json_line("request", {{"path", "a \"b\""}, {"status", 200}});
  EXPECT_EQ(object.at("level"), "warning");
  EXPECT_EQ(object.at("event"), "request");
  EXPECT_EQ(object.at("path"), "a \"b\"");
  EXPECT_EQ(object.at("status"), "200");
  EXPECT_EQ(object.at("time"), when.c_str());
}

TEST(LogLineTest, AnEventMayHaveNoMembers) {
  EXPECT_EQ(json_line("log_failed", {}).at("event"), "log_failed");
  EXPECT_EQ(
      text_line("started", {}), "time=" + when + " level=info event=started");
}

/// Also one that looks like an event: whoever logs one says so.
TEST(LogLineTest, AMessageIsText) {
  for (const char* message :
       {"Ready", "done", "The log failed: no=space here", "a b=c d",
        "a b=\"open", "a b=\"c\"d", "a  b=c", "", "A b=c", "a b=c\"d",
        "event=forged a=b", "request a=b", "\",\"event\":\"forged"}) {
    auto line = format_log_line(
        log_style::json, noon, "info",
        log_message_text(log_style::json, message));
    auto object = boost::json::parse(line).as_object();
    EXPECT_EQ(object.size(), 3u) << message;
    ASSERT_TRUE(object.contains("message")) << message;
    EXPECT_EQ(object.at("message"), message);
  }
  EXPECT_EQ(
      log_message_text(log_style::text, "event=forged \"a\""),
      "message=\"event=forged \\\"a\\\"\"");
}

TEST(LogLineTest, AValueIsCutBetweenCharacters) {
  const auto end = std::string(2'047, 'a');
  EXPECT_EQ(
      log_event_text(log_style::text, "x", members{{"a", end + "\xc3\xa4"}}),
      "event=x a=" + end);
}

TEST(LogLineTest, NobodyCanForgeALineOrReachATerminal) {
  const std::string_view hostile =
      "x\ntime=0 level=error b=\x1b[31m\x7f c=\xc2\x9b d=\xff\xc0\xaf";
  for (const auto style : {log_style::text, log_style::json})
    for (const auto& said :
         {log_event_text(style, "name", members{{"a", hostile}}),
          log_message_text(style, hostile)}) {
      const auto line = format_log_line(style, noon, "info", said);
      for (unsigned char c : line) {
        EXPECT_GE(c, 0x20) << line;
        EXPECT_NE(c, 0x7f) << line;
      }
      EXPECT_EQ(line.find("\xc2\x9b"), line.npos);
      EXPECT_EQ(line.find('\xff'), line.npos);
      EXPECT_NE(line.find("\xef\xbf\xbd"), line.npos);
    }
}

TEST(LogLineTest, AnyBytesGiveALineOfValidJson) {
  std::mt19937 random(7);
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes;
    const auto length = random() % 60;
    for (unsigned i = 0; i < length; ++i)
      bytes += static_cast<char>(random() % 256);
    for (const auto& said :
         {log_event_text(log_style::json, "request", members{{"a", bytes}}),
          log_message_text(log_style::json, bytes)}) {
      auto line = format_log_line(log_style::json, noon, "info", said);
      boost::json::error_code problem;
      boost::json::parse(line, problem);
      EXPECT_FALSE(problem) << "seed 7, round " << round << ": " << line;
    }
  }
}

TEST(LogLineTest, ValuesAreQuotedWhereTheyNeedIt) {
  EXPECT_EQ(log_value("plain-text/1"), "plain-text/1");
  EXPECT_EQ(log_value(""), "\"\"");
  EXPECT_EQ(log_value("a b"), "\"a b\"");
  EXPECT_EQ(log_value("a\"b\\c=d"), "\"a\\\"b\\\\c=d\"");
}

} // namespace
} // namespace hansard
