#include "tools/hansard/admin/answer.hpp"
#include "tools/hansard/admin/text.hpp"

#include <gmock/gmock.h>

namespace hansard {
namespace {

using testing::HasSubstr;
using testing::Not;

heard_answer heard(unsigned status, std::string type, std::string body) {
  return {status, std::move(type), {}, {}, std::move(body)};
}

error refused(heard_answer answer) {
  auto judged = judge(std::move(answer));
  EXPECT_FALSE(judged);
  return judged ? error{} : judged.error();
}

TEST(AdminAnswerTest, JsonOfTheSecondClassIsTakenAsItIs) {
  auto answer = heard(201, "Application/JSON; charset=utf-8", "{\"a\":1.0}");
  answer.etag = "\"7\"";
  const auto judged = judge(answer);
  ASSERT_TRUE(judged);
  EXPECT_EQ(judged->body, "{\"a\":1.0}");
  EXPECT_EQ(judged->etag, "\"7\"");
  EXPECT_TRUE(judge(heard(204, "", "")));
}

TEST(AdminAnswerTest, WhatIsNotJsonIsNoAnswer) {
  for (const auto& answer :
       {heard(200, "text/html", "<html>"), heard(200, "", "{}"),
        heard(200, "application/json", "<html>"),
        heard(200, "application/json", ""),
        heard(200, "application/json", "{\"a\":1}{"),
        heard(200, "application/json", "\"\xff\""),
        heard(200, "application/json", "{\"a\":1,\"a\":2}"),
        heard(200, "application/json", std::string(100'000, '[')),
        heard(500, "text/plain", "oops"), heard(403, "text/html", "<html>"),
        heard(500, "application/json", "[]"),
        heard(200, "application/jsonx", "{}")}) {
    const auto why = refused(answer);
    EXPECT_EQ(why.code, ec::upstream_failed);
    EXPECT_THAT(why.message, HasSubstr("Is this the address"));
  }
}

TEST(AdminAnswerTest, ARedirectIsNotFollowed) {
  auto answer = heard(307, "application/json", "{}");
  answer.location = "http://elsewhere.example/\x1b[2J";
  const auto why = refused(std::move(answer));
  EXPECT_EQ(why.code, ec::upstream_failed);
  EXPECT_THAT(why.message, HasSubstr("http://elsewhere.example/\\x1b[2J"));
}

TEST(AdminAnswerTest, ARefusalIsToldInTheServersWordsAndMeansACode) {
  for (auto [status, code] :
       {std::pair{401u, ec::unauthenticated}, std::pair{403u, ec::forbidden},
        std::pair{404u, ec::not_found}, std::pair{409u, ec::already_exists},
        std::pair{412u, ec::wrong_expected_version},
        std::pair{400u, ec::upstream_failed},
        std::pair{503u, ec::upstream_failed}}) {
    const auto why = refused(heard(
        status, "application/json",
        R"({"error":"No\u001b.","code":"X","details":{"a":"b"},
            "requestId":"req_1"})"));
    EXPECT_EQ(why.code, code);
    EXPECT_THAT(
        why.message,
        HasSubstr("X (" + std::to_string(status) + "): No\\x1b. [a: b]"));
    EXPECT_THAT(why.message, HasSubstr("req_1"));
  }
}

TEST(AdminAnswerTest, CodesEndTheProgramAsDocumented) {
  EXPECT_EQ(static_cast<int>(exit_code_of_call(ec::unauthenticated)), 77);
  EXPECT_EQ(static_cast<int>(exit_code_of_call(ec::forbidden)), 77);
  EXPECT_EQ(static_cast<int>(exit_code_of_call(ec::upstream_unavailable)), 69);
  EXPECT_EQ(static_cast<int>(exit_code_of_call(ec::invalid_request)), 64);
  EXPECT_EQ(static_cast<int>(exit_code_of_call(ec::not_found)), 1);
}

TEST(AdminServerTest, UrlsAreTakenApart) {
  const auto plain = *read_admin_server("http://127.0.0.1:8080");
  EXPECT_EQ(plain.origin.key(), "http://127.0.0.1:8080");
  EXPECT_EQ(plain.prefix, "");
  EXPECT_TRUE(plain.is_private());
  const auto proxied = *read_admin_server("https://h.example/chat/v/");
  EXPECT_EQ(proxied.origin.key(), "https://h.example:443");
  EXPECT_EQ(proxied.origin.authority, "h.example");
  EXPECT_EQ(proxied.prefix, "/chat/v");
  EXPECT_TRUE(proxied.is_private());
  EXPECT_EQ(read_admin_server("http://[::1]:1/")->origin.host, "::1");
  EXPECT_FALSE(read_admin_server("http://h.example")->is_private());
  EXPECT_FALSE(read_admin_server("http://127.h.example")->is_private());
}

TEST(AdminServerTest, OtherUrlsAreRefusedWithoutTheirPasswords) {
  for (const auto* url :
       {"", "127.0.0.1:8080", "ftp://h", "http://", "http://h?x", "http://h#x",
        "http://u:geheim@h", "http://h:port", "http://h/\r\nx", "/path"}) {
    const auto read = read_admin_server(url);
    ASSERT_FALSE(read) << url;
    EXPECT_EQ(read.error().code, ec::invalid_request);
    EXPECT_THAT(read.error().message, Not(HasSubstr("geheim")));
  }
}

TEST(AdminServerTest, AKeyIsOneLineOfWhatAHeaderCarries) {
  EXPECT_EQ(read_admin_key(" hsd_abc\r\n")->view(), "hsd_abc");
  for (const auto* text : {"", " \n", "a b", "a\nb", "a\x01", "\xc3\xa4"})
    EXPECT_FALSE(read_admin_key(text)) << text;
  EXPECT_FALSE(read_admin_key(std::string(10'000, 'a')));
}

TEST(AdminServerTest, RefusalsSayWhatToDo) {
  EXPECT_THAT(
      read_admin_key("Bearer abc").error().message,
      AllOf(
          HasSubstr("contains a space"), HasSubstr("without \"Bearer\""),
          Not(HasSubstr("abc"))));
  EXPECT_THAT(
      read_admin_server("127.0.0.1:8080").error().message,
      AllOf(HasSubstr("is not a URL"), HasSubstr("http://127.0.0.1:8080")));
  EXPECT_THAT(
      read_admin_server("ftp://h").error().message,
      HasSubstr("does not begin with http:// or https://"));
}

TEST(AdminTextTest, NothingFromOutsideMovesTheCursor) {
  EXPECT_EQ(terminal_text("añ→😀"), "añ→😀");
  EXPECT_EQ(terminal_text("a\x1b[2J\n\x7f\r"), "a\\x1b[2J\\x0a\\x7f\\x0d");
  EXPECT_EQ(
      terminal_text("\xc2\x9b"
                    "31m"),
      "\\u009b31m");
  EXPECT_EQ(terminal_text("a\u202eb\u2066\u200f"), "a\\u202eb\\u2066\\u200f");
  EXPECT_EQ(terminal_text("\xff\xc3(\xe2\x82"), "\\xff\\xc3(\\xe2\\x82");
}

TEST(AdminTextTest, TablesHaveColumnsWhateverTheTextsAre) {
  const auto rows = *json_of(
      R"([{"a":"ä→","b":["x","y"]},{"a":"long one","b":null},7,{"b":{"c":1}}])");
  const std::vector<std::string> columns{"a", "b"};
  EXPECT_EQ(
      table_text(rows.as_array(), columns), "a         b\n"
                                            "ä→        x, y\n"
                                            "long one  -\n"
                                            "-         {\"c\":1}\n");
}

TEST(AdminTextTest, LongCellsAreCutBetweenCharacters) {
  EXPECT_EQ(cell_text("äöüä", 3), "äö…");
  EXPECT_EQ(cell_text("äöü", 3), "äöü");
  EXPECT_EQ(cell_text("\xff\xff\xff", 5), "\\xff…");
}

} // namespace
} // namespace hansard
