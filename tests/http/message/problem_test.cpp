#include "http/app/access_log.hpp"
#include "http/message/problem.hpp"
#include "http/text/text.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <set>

namespace hansard {
namespace {

TEST(ProblemTest, EachCodeHasItsStatus) {
  const std::pair<ec, unsigned> expected[] = {
      {ec::invalid_request, 400},
      {ec::unauthenticated, 401},
      {ec::forbidden, 403},
      {ec::not_found, 404},
      {ec::method_not_allowed, 405},
      {ec::turn_running, 409},
      {ec::agent_mismatch, 409},
      {ec::history_conflict, 409},
      {ec::already_exists, 409},
      {ec::too_large, 413},
      {ec::unsupported_media_type, 415},
      {ec::overloaded, 503},
      {ec::draining, 503},
      {ec::timed_out, 503},
      {ec::storage_full, 503},
      {ec::storage_failed, 503},
      {ec::upstream_failed, 502},
      {ec::upstream_truncated, 502},
      {ec::upstream_unavailable, 503},
      {ec::upstream_timed_out, 504},
      {ec::internal, 500},
      {ec::corrupt, 500}};
  for (auto [code, status] : expected) {
    EXPECT_EQ(status_of(code), status) << to_string(code);
    EXPECT_EQ(stored_problem(to_string(code), "").status < 500, status < 500);
  }
}

TEST(ProblemTest, EachCodeIsListedOnceWithItsMeaning) {
  std::set<std::string> names;
  for (const auto& at : error_codes()) {
    EXPECT_TRUE(names.insert(at.name).second) << at.name;
    EXPECT_TRUE(at.status >= 400 && at.status < 600) << at.name;
    EXPECT_FALSE(at.meaning.empty()) << at.name;
  }
  for (int i = 1; i <= static_cast<int>(ec::internal); ++i) {
    auto code = static_cast<ec>(i);
    EXPECT_TRUE(names.contains(to_problem(make_error(code, "")).code))
        << to_string(code);
  }
}

TEST(ProblemTest, WhatConcernsHttpHasItsOwnCode) {
  auto slow = http_problem(http_code::request_timeout, "Too slow.");
  EXPECT_EQ(slow.status, 408u);
  EXPECT_EQ(slow.code, "REQUEST_TIMEOUT");
  EXPECT_EQ(slow.message, "Too slow.");
}

TEST(ProblemTest, AStoredFailureKeepsItsStatus) {
  EXPECT_EQ(stored_problem("upstream_timed_out", "").status, 504u);
  EXPECT_EQ(stored_problem("internal", "").status, 500u);
  EXPECT_EQ(stored_problem("something newer", "").status, 502u);
}

TEST(ProblemTest, TheBodyHasJustTheDocumentedMembers) {
  error why = make_error(ec::turn_running, "A \"turn\" runs.");
  why.details.emplace_back("turnId", "turn_1");
  EXPECT_EQ(
      to_json(to_problem(why), "req_1", from_unix_us(1'780'000'000'123'456)),
      R"({"error":"A \"turn\" runs.","code":"TURN_RUNNING","statusCode":409,)"
      R"("details":{"turnId":"turn_1"},"requestId":"req_1",)"
      R"("timestamp":"2026-05-28T20:26:40.123Z"})");
}

TEST(ProblemTest, WhatMayPassSaysWhenToComeBack) {
  for (auto code :
       {ec::overloaded, ec::draining, ec::storage_full, ec::timed_out,
        ec::turn_running})
    EXPECT_TRUE(retry_after_seconds(to_problem(make_error(code, ""))));
  for (auto code : {ec::not_found, ec::agent_mismatch, ec::upstream_failed})
    EXPECT_FALSE(retry_after_seconds(to_problem(make_error(code, ""))));
}

TEST(AccessLogTest, ALineHoldsWhatIsKnown) {
  EXPECT_EQ(
      to_log_line(
          {"GET", "/api/agents/{did}", 200, 1.25, "req_1", "did:a", "",
           "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"}),
      "event=request method=GET route=/api/agents/{did} status=200 ms=1.250 "
      "request_id=req_1 principal=did:a trace=0af7651916cd43dd8448eb211c80319c "
      "span=b7ad6b7169203331");
}

TEST(AccessLogTest, NobodyForgesALine) {
  auto line = to_log_line(
      {"GET", "/", 200, 1, "a\nrequest method=GET", "x=\"y\"", "", "", ""});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(
      line.find(R"(request_id="a\\nrequest method=GET")"), std::string::npos);
  EXPECT_NE(line.find(R"(principal="x=\"y\"")"), std::string::npos);
}

TEST(TextTest, PrintableTextIsCountedInCharacters) {
  EXPECT_TRUE(is_printable("a", 1));
  EXPECT_TRUE(is_printable("éé", 2));
  EXPECT_FALSE(is_printable("ééé", 2));
  EXPECT_FALSE(is_printable("", 5));
  for (std::string bad :
       {"a\tb", "a\x7f", "\xc2\x85", "\xff", "\xed\xa0\x80", "\xc0\xaf",
        "\xf4\x90\x80\x80", "\xe2\x82"})
    EXPECT_FALSE(is_printable(bad, 10));
  EXPECT_FALSE(is_printable(std::string_view("a\0b", 3), 10));
}

TEST(TextTest, TrimmedTextKeepsTheSpaceInside) {
  EXPECT_EQ(trimmed(" \ta b\t "), "a b");
  EXPECT_EQ(trimmed("a\r"), "a\r");
  EXPECT_EQ(trimmed("\ta \r", " \t\r"), "a");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed(" \t "), "");
}

TEST(TextTest, HeadersTakeOnlyPrintableAscii) {
  EXPECT_TRUE(is_header_safe("req 1~", 6));
  EXPECT_FALSE(is_header_safe("", 6));
  EXPECT_FALSE(is_header_safe("1234567", 6));
  EXPECT_FALSE(is_header_safe("a\r\nb", 6));
  EXPECT_FALSE(is_header_safe("é", 6));
}

} // namespace
} // namespace hansard
