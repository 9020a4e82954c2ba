#include "tools/hansard/serve/log_line.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <random>

namespace hansard {
namespace {

const timestamp noon = from_unix_us(1'780'000'000'123'000);
const std::string when = to_iso8601(noon);

std::string text_line(std::string_view message) {
  return format_log_line(log_style::text, noon, "info", message);
}

boost::json::object json_line(std::string_view message) {
  auto line = format_log_line(log_style::json, noon, "warning", message);
  return boost::json::parse(line).as_object();
}

TEST(LogLineTest, EscapesOfControlCharactersStayEscapes) {
  EXPECT_EQ(json_line(R"(request a="b\u001b\n")").at("a"), R"(b\u001b\n)");
}

TEST(LogLineTest, AMessageOfKeysAndValuesIsAnEvent) {
  EXPECT_EQ(
      text_line("request method=GET path=\"/a b\" status=200"),
      "time=" + when
          + " level=info event=request method=GET path=\"/a b\" status=200");
  auto object = json_line("request method=GET path=\"a \\\"b\\\"\" status=200");
  EXPECT_EQ(object.at("level"), "warning");
  EXPECT_EQ(object.at("event"), "request");
  EXPECT_EQ(object.at("path"), "a \"b\"");
  EXPECT_EQ(object.at("status"), "200");
  EXPECT_EQ(object.at("time"), when.c_str());
}

TEST(LogLineTest, TheNameMayBeAMemberToo) {
  auto object = json_line("event=log_failed reason=\"no room\"");
  EXPECT_EQ(object.at("event"), "log_failed");
  EXPECT_EQ(object.at("reason"), "no room");
  EXPECT_EQ(
      text_line("event=started"), "time=" + when + " level=info event=started");
}

TEST(LogLineTest, AnyOtherMessageIsText) {
  for (const char* message :
       {"Ready", "done", "The log failed: no=space here", "a b=c d",
        "a b=\"open", "a b=\"c\"d", "a  b=c", "", "A b=c", "a b=c\"d"}) {
    auto object = json_line(message);
    ASSERT_TRUE(object.contains("message")) << message;
    EXPECT_EQ(object.at("message"), message);
  }
}

TEST(LogLineTest, NobodyCanForgeALineOrReachATerminal) {
  for (const auto style : {log_style::text, log_style::json}) {
    const auto line = format_log_line(
        style, noon, "info",
        "name a=x\ntime=0 level=error b=\x1b[31m\x7f c=\xc2\x9b "
        "d=\xff\xc0\xaf");
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
    std::string bytes("request a=");
    const auto length = random() % 60;
    for (unsigned i = 0; i < length; ++i)
      bytes += static_cast<char>(random() % 256);
    auto line = format_log_line(log_style::json, noon, "info", bytes);
    boost::json::error_code problem;
    boost::json::parse(line, problem);
    EXPECT_FALSE(problem) << "seed 7, round " << round << ": " << line;
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
