#include "projections/history/message_history.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

using ch = token_channel;

class GuardedHistoryTest : public ::testing::Test {
protected:
  void append(std::vector<event> events) {
    writer_.append(session(1), std::move(events));
  }
  void say(std::vector<std::pair<token_channel, std::string>> texts) {
    writer_.append(session(1), tokens(writer_.now(), std::move(texts)));
  }
  std::vector<history_entry> read() {
    value_of(catch_up(*history_, *log_));
    return value_of(message_history_reader{*store_, *log_}.read(session(1)))
        .messages;
  }

  std::unique_ptr<event_log> log_ = make_memory_event_log();
  log_writer writer_{*log_};
  std::unique_ptr<row_store> store_ = make_memory_row_store();
  std::unique_ptr<projection> history_ = make_message_history(*store_);
};

TEST_F(GuardedHistoryTest, AnAnswerIsWhatWasShownAndSaidIsWhatTheModelSaid) {
  writer_.open(session(1), "u", "a");
  auto t = writer_.running(session(1));
  say(
      {{ch::reasoning, "about "},
       {ch::substitute_reasoning, "[x]"},
       {ch::withheld_reasoning, "X"},
       {ch::answer, "Ask "},
       {ch::substitute, "[mail]"},
       {ch::withheld, "a@b"}});
  say({{ch::withheld, ".de"}, {ch::answer, "."}});
  append({generation_completed{t, ending::complete, "stop", {}}});
  auto m = read().back();
  EXPECT_EQ(plain_text(m.body.content), "Ask [mail].");
  EXPECT_EQ(m.said, "Ask a@b.de.");
  EXPECT_EQ(m.reasoning, "about [x]");
  EXPECT_EQ(m.said_reasoning, "about X");
}

TEST_F(GuardedHistoryTest, AnAnswerAsTheModelSaidItSaysSoOnlyOnce) {
  writer_.open(session(1), "u", "a");
  auto t = writer_.running(session(1));
  say({{ch::answer, "Hello"}});
  append({generation_completed{t, ending::complete, "stop", {}}});
  EXPECT_EQ(read().back().said, std::nullopt);
  EXPECT_EQ(read().back().said_reasoning, std::nullopt);
}

TEST_F(GuardedHistoryTest, AnAnswerThatIsWithheldWholeIsAnEmptyOne) {
  writer_.open(session(1), "u", "a");
  auto t = writer_.running(session(1));
  auto before = read().size();
  say({{ch::withheld, "secret"}});
  EXPECT_EQ(read().size(), before) << "nothing was shown yet";
  append({generation_completed{t, ending::content_filter, "guardrail", {}}});
  auto all = read();
  ASSERT_EQ(all.size(), before + 1);
  EXPECT_EQ(all.back().body.content, "\"\"");
  EXPECT_EQ(all.back().said, "secret");
}

TEST_F(GuardedHistoryTest, AMessageIsAsItCameAndSentAsItWent) {
  append(
      {session_opened{"a", "u", {}},
       messages_received{
           turn(7), {}, 0, {user_says("hi"), user_says("a@b.de")}},
       guardrail_matched{turn(7), "mail"},
       prompt_masked{turn(7), 1, user_says("[mail]")},
       turn_admitted{turn(7), {}, "role:admin"}});
  auto all = read();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].sent, std::nullopt);
  EXPECT_EQ(all[1].body.content, "\"a@b.de\"");
  ASSERT_TRUE(all[1].sent);
  EXPECT_EQ(all[1].sent->content, "\"[mail]\"");
}

TEST_F(GuardedHistoryTest, AToolCallKeepsTheModelsWords) {
  writer_.open(session(1), "u", "a");
  auto t = writer_.running(session(1));
  append(
      {tool_call_withheld{t, 0, "c", "f", "{\"to\":\"a@b.de\"}"},
       tool_call_generated{t, 0, "c", "f", "{\"to\":\"[mail]\"}"},
       generation_completed{t, ending::tool_calls, "tool_calls", {}}});
  auto m = read().back();
  EXPECT_NE(m.body.tool_calls.find("[mail]"), std::string::npos);
  ASSERT_EQ(m.withheld_calls.size(), 1u);
  EXPECT_EQ(m.withheld_calls[0].arguments, "{\"to\":\"a@b.de\"}");
}

} // namespace
} // namespace hansard::test
