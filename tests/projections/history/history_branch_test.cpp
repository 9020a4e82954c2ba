#include "projections/history/message_history.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

/// What clients left by replacing it can still be read.
class HistoryBranchTest : public ::testing::Test {
protected:
  HistoryBranchTest() { writer_.chat(id_, "a"); }

  /// A turn that keeps `keep` messages and says `text`; empty: nothing new.
  turn_id say(std::uint32_t keep, std::string_view text) {
    std::vector<message> messages;
    if (!text.empty())
      messages.push_back(user_says(text));
    writer_.ask(id_, keep, std::move(messages));
    auto turn = writer_.running(id_);
    writer_.append(id_, answer(writer_.now(), {"re:" + std::string(text)}));
    writer_.complete(id_);
    return turn;
  }

  void fold() { value_of(catch_up(*history_, *log_)); }

  std::vector<std::string>
  read(turn_id branch = {}, std::uint32_t from = 0, std::size_t limit = 0) {
    fold();
    std::vector<std::string> out;
    auto page = value_of(reader_.read(id_, from, limit, branch));
    for (const auto& m : page.messages) {
      EXPECT_EQ(m.index, from + out.size());
      out.push_back(plain_text(m.body.content));
    }
    return out;
  }

  std::vector<history_branch> branches(std::size_t limit = 100) {
    fold();
    return value_of(reader_.branches(id_, limit));
  }

  session_id id_ = session(1);
  std::unique_ptr<event_log> log_ = make_memory_event_log();
  log_writer writer_{*log_};
  std::unique_ptr<row_store> store_ = make_memory_row_store();
  std::unique_ptr<projection> history_ = make_message_history(*store_);
  message_history_reader reader_{*store_, *log_};
};

using testing::ElementsAre;

TEST_F(HistoryBranchTest, ASessionThatWasNeverReplacedHasOneBranch) {
  say(2, "b");
  EXPECT_THAT(branches(), testing::IsEmpty());
  EXPECT_EQ(read(writer_.state(id_).turns.back().turn), read());
}

TEST_F(HistoryBranchTest, TheBranchThatWasLeftIsReadByItsLastTurn) {
  auto b = say(2, "b");
  say(2, "c");
  auto left = branches();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].turn, b);
  EXPECT_EQ(left[0].messages, 4u);
  EXPECT_EQ(left[0].kept, 2u);
  auto whole = read(b);
  ASSERT_EQ(whole.size(), 4u);
  EXPECT_EQ(whole[2], "b");
  EXPECT_EQ(whole[3], "re:b");
  EXPECT_EQ(read()[2], "c");
}

TEST_F(HistoryBranchTest, BranchesOfBranchesKeepWhatWasInFrontOfThem) {
  auto b = say(2, "b");
  auto c = say(4, "c");
  auto d = say(4, "d");
  auto e = say(2, "e");
  auto f = say(0, "f");
  EXPECT_THAT(read(), ElementsAre("f", "re:f"));
  auto tail = [this](const turn_id& turn) { return read(turn, 2); };
  EXPECT_THAT(tail(c), ElementsAre("b", "re:b", "c", "re:c"));
  EXPECT_THAT(tail(d), ElementsAre("b", "re:b", "d", "re:d"));
  EXPECT_THAT(tail(e), ElementsAre("e", "re:e"));
  EXPECT_THAT(read(e, 0, 1), ElementsAre("a"));
  auto left = branches();
  ASSERT_EQ(left.size(), 3u);
  EXPECT_EQ(left[0].turn, e);
  EXPECT_EQ(left[1].turn, d);
  EXPECT_EQ(left[2].turn, c);
  EXPECT_EQ(branches(1).size(), 1u);
  EXPECT_EQ(branches(1)[0].turn, e);
  EXPECT_NE(b, f);
}

TEST_F(HistoryBranchTest, ATurnThatIsNoBranchsLastNamesNone) {
  auto b = say(2, "b");
  say(4, "c");
  say(2, "d");
  fold();
  auto wrong = reader_.read(id_, 0, 0, b);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ec::not_found);
}

TEST_F(HistoryBranchTest, RegeneratingKeepsEachAnswer) {
  std::vector<turn_id> tries;
  for (int i = 0; i < 3; ++i)
    tries.push_back(say(1, ""));
  EXPECT_EQ(branches().size(), 3u);
  for (const auto& turn : tries)
    EXPECT_EQ(read(turn).size(), 2u);
}

TEST_F(HistoryBranchTest, PagesOfABranchJoinToTheBranch) {
  say(2, "b");
  auto c = say(4, "c");
  say(3, "d");
  auto whole = read(c);
  for (std::size_t limit = 1; limit <= whole.size(); ++limit) {
    std::vector<std::string> joined;
    for (std::uint32_t from = 0; from < whole.size();
         from += static_cast<std::uint32_t>(limit))
      for (auto& text : read(c, from, limit))
        joined.push_back(text);
    EXPECT_EQ(joined, whole) << "limit " << limit;
  }
}

TEST_F(HistoryBranchTest, ARunningTurnIsOnTheActiveBranchAlone) {
  auto b = say(2, "b");
  writer_.ask(id_, 2, {user_says("c")});
  writer_.append(id_, answer(writer_.now(), {"so"}));
  EXPECT_EQ(read().back(), "so");
  EXPECT_EQ(read(b).back(), "re:b");
  EXPECT_EQ(read(writer_.running(id_)).back(), "so");
}

TEST_F(HistoryBranchTest, RandomReplacementsReadAsTheyStoodWhenTheyWereLeft) {
  std::mt19937 random{20260528};
  std::map<turn_id, std::vector<std::string>> expected;
  turn_id last = writer_.state(id_).turns.back().turn;
  for (int i = 0; i < 60; ++i) {
    std::vector<std::string> texts;
    for (const auto& m : writer_.state(id_).history)
      texts.push_back(plain_text(m.content));
    auto keep = random() % 3 == 0 ? random() % texts.size() : texts.size();
    if (keep < texts.size())
      expected[last] = texts;
    last = say(static_cast<std::uint32_t>(keep), "m" + std::to_string(i));
    if (random() % 4 == 0)
      fold();
  }
  EXPECT_GE(expected.size(), 10u);
  EXPECT_EQ(branches().size(), expected.size());
  for (const auto& [turn, texts] : expected)
    EXPECT_EQ(read(turn), texts);
}

} // namespace
} // namespace hansard::test
