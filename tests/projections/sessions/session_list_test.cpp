#include "projections/sessions/session_list.hpp"
#include "tests/projections/support.hpp"

#include <set>

namespace hansard::test {
namespace {

class SessionListTest : public ::testing::Test {
protected:
  void fold() { value_of(catch_up(*list_, *log_)); }

  session_summary find(std::uint64_t n) {
    fold();
    return value_of(reader_.find(session(n)));
  }

  session_page page(session_query query) {
    fold();
    return value_of(reader_.list(query));
  }

  /// Every session of the pages that follow each other.
  std::vector<session_id> all(session_query query) {
    std::vector<session_id> ids;
    do {
      auto next = page(query);
      EXPECT_LE(next.sessions.size(), query.limit);
      for (const auto& s : next.sessions)
        ids.push_back(s.id);
      query.cursor = next.next_cursor;
    } while (!query.cursor.empty());
    return ids;
  }

  void append(std::uint64_t n, std::vector<event> events) {
    writer_.append(session(n), std::move(events));
  }
  turn_id running(std::uint64_t n) { return writer_.running(session(n)); }

  std::unique_ptr<event_log> log_ = make_memory_event_log();
  log_writer writer_{*log_};
  std::unique_ptr<row_store> store_ = make_memory_row_store();
  std::unique_ptr<projection> list_ = make_session_list(*store_);
  session_list_reader reader_{*store_};
};

TEST_F(SessionListTest, ASessionShowsWhoItIsAndItsRunningTurn) {
  auto opened = writer_.now();
  writer_.open(session(1), "did:user:1", "did:agent:1", "Tell me of Q1");
  auto row = find(1);
  EXPECT_EQ(row.id, session(1));
  EXPECT_EQ(row.owner, "did:user:1");
  EXPECT_EQ(row.agent, "did:agent:1");
  EXPECT_EQ(row.title, "Tell me of Q1");
  EXPECT_EQ(row.created_at, opened);
  EXPECT_EQ(row.updated_at, opened);
  EXPECT_EQ(row.message_count, 1u);
  EXPECT_EQ(row.running_turn, running(1));
  EXPECT_EQ(row.last_ending, std::nullopt);
  EXPECT_EQ(row.version, stream_version{3});
}

TEST_F(SessionListTest, AnUnknownSessionIsNotFound) {
  EXPECT_EQ(code_of(reader_.find(session(1))), ec::not_found);
  writer_.open(session(2), "u", "a");
  fold();
  EXPECT_EQ(code_of(reader_.find(session(1))), ec::not_found);
}

TEST_F(SessionListTest, AnEndingCountsTheMessageAndMovesTheTime) {
  writer_.open(session(1), "u", "a");
  writer_.append(session(1), answer(writer_.now(), {"Hi"}));
  EXPECT_EQ(find(1).message_count, 1u);
  auto ended = writer_.now();
  writer_.complete(session(1));
  auto row = find(1);
  EXPECT_EQ(row.message_count, 2u);
  EXPECT_EQ(row.updated_at, ended);
  EXPECT_TRUE(row.running_turn.is_nil());
  EXPECT_EQ(row.last_ending, ending::complete);
}

TEST_F(SessionListTest, OnlyTurnsThatSaidSomethingOrFinishedLeaveAMessage) {
  struct {
    bool answered;
    bool reasoned;
    event end;
    std::uint32_t count;
  } cases[]{
      {false, false, generation_failed{{}, ending::failed, "x", "x", {}}, 1},
      {false, true, generation_cancelled{{}, {}, "user", {}}, 1},
      {false, true, generation_interrupted{{}, "x", {}}, 1},
      {true, false, generation_failed{{}, ending::truncated, "x", "x", {}}, 2},
      {true, true, generation_cancelled{{}, {}, "user", {}}, 2},
      {true, false, generation_interrupted{{}, "x", {}}, 2},
      {false, false, generation_completed{{}, ending::complete, "stop", {}}, 2},
      {false, true, generation_completed{{}, ending::length, "length", {}}, 2},
  };
  std::uint64_t n = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(++n);
    writer_.open(session(n), "u", "a");
    if (c.reasoned)
      writer_.append(
          session(n),
          tokens(writer_.now(), {{token_channel::reasoning, "hm"}}));
    if (c.answered)
      writer_.append(session(n), answer(writer_.now(), {"Hi"}));
    append(n, {c.end});
    EXPECT_EQ(find(n).message_count, c.count);
  }
}

TEST_F(SessionListTest, AToolCallLeavesAMessage) {
  writer_.open(session(1), "u", "a");
  append(1, {tool_call_generated{running(1), 0, "c", "f", "{}"}});
  append(1, {generation_interrupted{running(1), "restart", {}}});
  EXPECT_EQ(find(1).message_count, 2u);
}

TEST_F(SessionListTest, ABranchLowersTheCount) {
  writer_.chat(session(1), "one");
  writer_.chat(session(1), "two");
  EXPECT_EQ(find(1).message_count, 4u);
  writer_.ask(session(1), 1, {user_says("other")});
  EXPECT_EQ(find(1).message_count, 2u);
}

TEST_F(SessionListTest, TheTitleIsOfTheFirstUserMessageUntilItIsChanged) {
  auto system = user_says("Be brief");
  system.role = role::system;
  append(
      1, {session_opened{"a", "u", {}},
          messages_received{turn(1), {}, 0, {system}},
          turn_admitted{turn(1), {}, "b"}});
  EXPECT_EQ(find(1).title, "");
  writer_.complete(session(1));
  writer_.ask(session(1), 2, {user_says("What is new?")});
  writer_.complete(session(1));
  writer_.ask(session(1), 0, {user_says("Something else")});
  EXPECT_EQ(find(1).title, "What is new?");
  auto at = writer_.now();
  append(1, {title_changed{"News", {}}});
  EXPECT_EQ(find(1).title, "News");
  EXPECT_EQ(find(1).updated_at, at);
}

TEST_F(SessionListTest, ClientsAndRefusalsChangeNothing) {
  writer_.chat(session(1), "one");
  auto before = find(1);
  append(
      1, {client_attached{turn(1), {}, {0}},
          client_detached{turn(1), {}, {5}, "gone"},
          turn_refused{{}, "a", "forbidden", "no"}});
  EXPECT_EQ(find(1), before);
}

TEST_F(SessionListTest, AClockSetBackDoesNotAgeASession) {
  writer_.chat(session(1), "one");
  auto before = find(1).updated_at;
  writer_.wait(std::chrono::hours{-1});
  writer_.chat(session(1), "two");
  EXPECT_EQ(find(1).updated_at, before);
  EXPECT_EQ(all({}), (std::vector{session(1)}));
}

TEST_F(SessionListTest, TheNewestActivityIsFirst) {
  for (std::uint64_t n : {1, 2, 3})
    writer_.chat(session(n), "hello");
  EXPECT_EQ(all({}), (std::vector{session(3), session(2), session(1)}));
  writer_.chat(session(2), "again");
  EXPECT_EQ(all({}), (std::vector{session(2), session(3), session(1)}));
}

TEST_F(SessionListTest, EqualTimesAreInTheOrderOfIdsNewestFirst) {
  for (std::uint64_t n : {2, 3, 1}) {
    writer_.wait(std::chrono::milliseconds{-1});
    writer_.open(session(n), "u", "a");
  }
  EXPECT_EQ(
      all({"", "", 1, ""}), (std::vector{session(3), session(2), session(1)}));
}

TEST_F(SessionListTest, DeletedSessionsAreAListOfTheirOwn) {
  for (std::uint64_t n = 1; n <= 4; ++n)
    writer_.open(session(n), n % 2 ? "odd" : "even", "a");
  append(2, {session_deleted{}});
  append(3, {session_deleted{}});
  for (std::string owner : {"", "odd", "even"})
    for (std::string agent : {"", "a"}) {
      std::vector<session_id> shown;
      std::vector<session_id> hidden;
      for (std::uint64_t n : {4, 1})
        if (owner.empty() || owner == (n % 2 ? "odd" : "even"))
          shown.push_back(session(n));
      for (std::uint64_t n : {3, 2})
        if (owner.empty() || owner == (n % 2 ? "odd" : "even"))
          hidden.push_back(session(n));
      EXPECT_EQ(all({agent, owner, 1, ""}), shown) << owner << agent;
      EXPECT_EQ(all({agent, owner, 1, "", true}), hidden) << owner << agent;
    }
  EXPECT_TRUE(find(2).deleted);
  EXPECT_FALSE(find(1).deleted);
}

TEST_F(SessionListTest, PagesOfAnySizeJoinToTheWholeList) {
  for (std::uint64_t n = 1; n <= 23; ++n)
    writer_.open(session(n), n % 2 ? "odd" : "even", n % 3 ? "a" : "b");
  for (std::string owner : {"", "odd", "even", "nobody"})
    for (std::string agent : {"", "a", "b", "none"}) {
      std::vector<session_id> expected;
      for (std::uint64_t n = 23; n > 0; --n)
        if ((owner.empty() || owner == (n % 2 ? "odd" : "even"))
            && (agent.empty() || agent == (n % 3 ? "a" : "b")))
          expected.push_back(session(n));
      for (std::size_t limit : {1, 2, 7, 23, 200})
        EXPECT_EQ(all({agent, owner, limit, ""}), expected)
            << owner << " " << agent << " " << limit;
    }
}

TEST_F(SessionListTest, TheLastPageHasNoCursor) {
  for (std::uint64_t n : {1, 2})
    writer_.open(session(n), "u", "a");
  EXPECT_NE(page({"", "", 1, ""}).next_cursor, "");
  EXPECT_EQ(page({"", "", 2, ""}).next_cursor, "");
}

TEST_F(SessionListTest, ACursorKeepsItsPlaceWhileSessionsMoveToTheFront) {
  for (std::uint64_t n : {1, 2, 3, 4})
    writer_.chat(session(n), "hello");
  auto first = page({"", "", 2, ""});
  writer_.chat(session(4), "again");
  writer_.chat(session(3), "again");
  auto second = page({"", "", 2, first.next_cursor});
  ASSERT_EQ(second.sessions.size(), 2u);
  EXPECT_EQ(second.sessions[0].id, session(2));
  EXPECT_EQ(second.sessions[1].id, session(1));
}

TEST_F(SessionListTest, HostileCursorsAreRefused) {
  writer_.open(session(1), "u", "a");
  writer_.open(session(2), "u", "a");
  auto good = page({"", "", 1, ""}).next_cursor;
  ASSERT_EQ(good.size(), 32u);
  std::vector<std::string> bad{
      "x",
      good + "A",
      good.substr(1),
      std::string(32, '='),
      good + "=",
      " " + good.substr(1),
      good.substr(1) + "\n",
      std::string(32, '\0'),
      std::string(32, '+'),
      std::string(1 << 20, 'A')};
  for (const auto& cursor : bad)
    EXPECT_EQ(code_of(reader_.list({"", "", 10, cursor})), ec::invalid_request)
        << cursor.size();
}

TEST_F(SessionListTest, AForgedCursorStaysWithinItsQuery) {
  writer_.open(session(1), "mine", "a");
  writer_.open(session(2), "theirs", "a");
  fold();
  for (char c : {'A', 'z', '_', '-', '0'})
    for (const auto& s :
         value_of(reader_.list({"", "mine", 10, std::string(32, c)})).sessions)
      EXPECT_EQ(s.owner, "mine");
  EXPECT_THAT(
      value_of(reader_.list({"", "mine", 10, std::string(32, '_')})).sessions,
      testing::IsEmpty());
}

TEST_F(SessionListTest, LimitsOutOfRangeAreRefused) {
  EXPECT_EQ(code_of(reader_.list({"", "", 0, ""})), ec::invalid_request);
  EXPECT_EQ(code_of(reader_.list({"", "", 201, ""})), ec::invalid_request);
  EXPECT_EQ(code_of(reader_.list({"", "", 200, ""})), ec::none);
}

TEST_F(SessionListTest, NoNamesShowInTheListOfAnother) {
  // Prefixes of each other, and bytes that look like lengths and separators.
  std::vector<std::string> names{
      "d",
      "did",
      "did:a",
      "did:ab",
      "did:a:b",
      "*",
      "é",
      "did:a\x7f",
      std::string("did:a\0\0\0\1x", 10),
      std::string("\0\0\0\1d", 5),
      std::string(4, '\0'),
      std::string(256, 'x'),
      std::string(255, 'x')};
  std::uint64_t n = 0;
  std::map<std::pair<std::string, std::string>, std::set<session_id>> expected;
  for (const auto& owner : names)
    for (const auto& agent : names) {
      writer_.open(session(++n), owner, agent);
      expected[{owner, agent}].insert(session(n));
      expected[{owner, ""}].insert(session(n));
      expected[{"", agent}].insert(session(n));
      expected[{"", ""}].insert(session(n));
    }
  for (const auto& [query, ids] : expected) {
    auto listed = all({query.second, query.first, 200, ""});
    EXPECT_EQ(listed.size(), ids.size());
    EXPECT_EQ(std::set(listed.begin(), listed.end()), ids);
  }
}

TEST_F(SessionListTest, AnEventOfAnUnknownTypeStopsTheFold) {
  writer_.open(session(1), "u", "a");
  fold();
  auto before = list_->checkpoint();
  append(1, {unknown_event{999, 1, "?"}});
  auto outcome = catch_up(*list_, *log_);
  EXPECT_EQ(code_of(outcome), ec::corrupt);
  EXPECT_EQ(list_->checkpoint(), before);
  EXPECT_EQ(value_of(reader_.find(session(1))).message_count, 1u);
}

TEST_F(SessionListTest, UnknownEventsOutsideSessionsAreNoneOfItsBusiness) {
  writer_.append(
      control_stream,
      {stamped_event{writer_.now(), unknown_event{999, 1, "?"}}});
  writer_.open(session(1), "u", "a");
  EXPECT_EQ(find(1).message_count, 1u);
}

} // namespace
} // namespace hansard::test
