#include "events/text/log_line.hpp"
#include "http/app/access_log.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace hansard {
namespace {

using namespace std::string_literals;

/// What somebody who wants a line of their own in the log, or to reach the
/// terminal of who reads it, would send.
const std::vector<std::string>& hostile_texts() {
  static const std::vector<std::string> texts{
      "a\r\ntime=2026-01-01T00:00:00Z level=info event=forged",
      "a\nevent=forged",
      "a\revent=forged",
      "\x1b[2J\x1b]0;title\x07",
      "a\0b"s,
      "a\x7f\x08 b",
      "\xc2\x9b\x32J",
      "\xc2\x85 event=forged",
      "a\xe2\x80\xa8 event=forged",
      "a\xe2\x80\xa9 event=forged",
      "\xe2\x80\xae"
      "desrever",
      "\xe2\x81\xa6"
      "isolated",
      "\xff\xfe\xc0\xaf\xed\xa0\x80",
      "\xe2\x80",
      "a\" event=forged x=\"",
      "a\\\" event=forged x=\\\"",
      "a\\",
      "\"",
      "\\",
      " event=forged",
      "x=y",
      "",
      R"({"event":"forged"})",
      "a\tb",
      std::string(600, '\\'),
      std::string(511, 'a') + "\xe2\x82\xac event=forged",
      std::string(511, 'a') + "\" event=forged"};
  return texts;
}

using maker = std::function<std::string(log_style, std::string_view)>;

/// Each kind of line that holds text from outside, with it in each place.
const std::vector<std::pair<std::string, maker>>& lines() {
  static const std::vector<std::pair<std::string, maker>> all = [] {
    std::vector<std::pair<std::string, maker>> out;
    const std::pair<const char*, std::string_view request_line::*> fields[] = {
        {"method", &request_line::method},
        {"route", &request_line::route},
        {"request_id", &request_line::request_id},
        {"principal", &request_line::principal},
        {"session", &request_line::session},
        {"trace", &request_line::trace},
        {"span", &request_line::span}};
    for (const auto& [name, field] : fields)
      out.emplace_back(
          name, [field = field](log_style style, std::string_view text) {
            request_line line;
            line.method = line.route = line.request_id = line.principal =
                line.session = line.trace = line.span = "plain";
            line.*field = text;
            return to_log_line(line, style);
          });
    out.emplace_back("event", [](log_style style, std::string_view text) {
      return log_event_text(
          style, "handler_failed",
          std::vector<log_member>{
              {"request_id", "plain"}, {"reason", text}, {"last", "plain"}});
    });
    out.emplace_back("message", [](log_style style, std::string_view text) {
      return log_message_text(style, text);
    });
    return out;
  }();
  return all;
}

bool has_control_byte(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    auto byte = static_cast<unsigned char>(line[i]);
    auto next =
        i + 1 < line.size() ? static_cast<unsigned char>(line[i + 1]) : 0;
    if (byte < 0x20 || byte == 0x7f || (byte == 0xc2 && next < 0xa0))
      return true;
  }
  return line.find("\xe2\x80\xa8") != line.npos
         || line.find("\xe2\x80\xa9") != line.npos
         || line.find("\xe2\x80\xae") != line.npos;
}

std::set<std::string> names_in(const std::string& json_line) {
  boost::system::error_code failed;
  auto value = boost::json::parse(json_line, failed);
  std::set<std::string> out;
  if (failed || !value.is_object()) {
    ADD_FAILURE() << "not an object: " << json_line;
    return out;
  }
  for (const auto& member : value.get_object())
    out.insert(std::string(member.key()));
  return out;
}

class LogInjectionTest : public ::testing::Test {
protected:
  static std::string
  line_of(log_style style, const maker& make, std::string_view text) {
    return format_log_line(
        style, from_unix_us(1'780'000'000'000'000), "info", make(style, text));
  }
};

TEST_F(LogInjectionTest, NoTextFromOutsideHoldsAControlCharacterInTheLog) {
  for (const auto& [place, make] : lines())
    for (const auto& text : hostile_texts())
      for (auto style : {log_style::text, log_style::json})
        EXPECT_FALSE(has_control_byte(line_of(style, make, text)))
            << place << ": " << line_of(style, make, text);
}

TEST_F(LogInjectionTest, NoTextFromOutsideMakesAMemberOfALine) {
  for (const auto& [place, make] : lines()) {
    auto usual = names_in(line_of(log_style::json, make, "plain"));
    for (const auto& text : hostile_texts()) {
      auto found = names_in(line_of(log_style::json, make, text));
      // What is empty is left out of a request's line.
      if (!text.empty()) {
        EXPECT_EQ(found, usual) << place << ": " << text;
      }
    }
  }
}

/// The text form read as logfmt has it: what is in quotes is no member.
TEST_F(LogInjectionTest, NoTextFromOutsideMakesAMemberOfATextLine) {
  auto outside_of_quotes = [](std::string_view line) {
    std::string out;
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (quoted && line[i] == '\\')
        ++i;
      else if (line[i] == '"')
        quoted = !quoted;
      else if (!quoted)
        out += line[i];
    }
    EXPECT_FALSE(quoted) << line;
    return out;
  };
  for (const auto& [place, make] : lines())
    for (const auto& text : hostile_texts()) {
      auto bare = outside_of_quotes(line_of(log_style::text, make, text));
      EXPECT_EQ(bare.find("forged"), bare.npos) << place << ": " << text;
    }
}

} // namespace
} // namespace hansard
