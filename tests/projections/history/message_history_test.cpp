#include "projections/history/message_history.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

class MessageHistoryTest : public ::testing::Test {
protected:
  void fold() { value_of(catch_up(*history_, *log_)); }

  history_page
  page(std::uint64_t n, std::uint32_t from = 0, std::size_t limit = 0) {
    return value_of(reader_.read(session(n), from, limit));
  }

  std::vector<history_entry> read(std::uint64_t n) {
    fold();
    return page(n).messages;
  }

  std::vector<std::string> contents(std::uint64_t n) {
    std::vector<std::string> out;
    for (const auto& m : read(n))
      out.push_back(m.body.content);
    return out;
  }

  void append(std::uint64_t n, std::vector<event> events) {
    writer_.append(session(n), std::move(events));
  }
  turn_id running(std::uint64_t n) { return writer_.running(session(n)); }
  stream_version version(std::uint64_t n) {
    return writer_.state(session(n)).version;
  }

  std::unique_ptr<event_log> log_ = make_memory_event_log();
  log_writer writer_{*log_};
  std::unique_ptr<row_store> store_ = make_memory_row_store();
  std::unique_ptr<projection> history_ = make_message_history(*store_);
  message_history_reader reader_{*store_, *log_};
};

TEST_F(MessageHistoryTest, ASessionThatIsNotThereHasNoMessages) {
  EXPECT_THAT(page(1).messages, testing::IsEmpty());
  EXPECT_FALSE(page(1).more);
}

TEST_F(MessageHistoryTest, AReceivedMessageIsTheVeryBytesThatCame) {
  message odd;
  odd.role = role::tool;
  odd.content = R"([ {"type":"text", "text":"é\u00e9", "x":1e400} ])";
  odd.name = "n";
  odd.tool_call_id = "call_1";
  odd.extra = R"({"unknown": [ 1 ,2]})";
  auto at = writer_.now();
  append(
      1, {session_opened{"a", "u", {}},
          messages_received{turn(7), {}, 0, {user_says("hi"), odd}}});
  auto all = read(1);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].body, odd);
  EXPECT_EQ(all[1].index, 1u);
  EXPECT_EQ(all[1].turn, turn(7));
  EXPECT_EQ(all[1].created_at, at);
  EXPECT_EQ(all[1].version, stream_version{2});
  EXPECT_EQ(all[1].end, std::nullopt);
}

TEST_F(MessageHistoryTest, AGeneratedMessageIsItsTokensJoined) {
  writer_.open(session(1), "u", "a");
  auto t = running(1);
  writer_.append(
      session(1), tokens(writer_.now(), {{token_channel::reasoning, "hm "}}));
  writer_.wait(std::chrono::seconds{1});
  auto first = writer_.now();
  writer_.append(
      session(1), tokens(
                      first, {{token_channel::answer, "a\"b"},
                              {token_channel::reasoning, "so"},
                              {token_channel::answer, "\n\xF0\x9F\x8E\x88"}}));
  append(1, {client_detached{t, {}, {3}, "gone"}});
  writer_.append(session(1), answer(writer_.now(), {"."}));
  append(1, {generation_completed{t, ending::length, "length", {}}});
  auto all = read(1);
  ASSERT_EQ(all.size(), 2u);
  const auto& m = all[1];
  EXPECT_EQ(m.body.role, role::assistant);
  EXPECT_EQ(m.body.origin, origin::generated);
  EXPECT_EQ(plain_text(m.body.content), "a\"b\n\xF0\x9F\x8E\x88.");
  EXPECT_EQ(m.body.tool_calls, "");
  EXPECT_EQ(m.reasoning, "hm so");
  EXPECT_EQ(m.created_at, first);
  EXPECT_EQ(m.end, ending::length);
  EXPECT_EQ(m.turn, t);
  EXPECT_EQ(m.version, version(1));
  EXPECT_EQ(m.index, 1u);
}

TEST_F(MessageHistoryTest, AToolCallHasNullForContent) {
  writer_.open(session(1), "u", "a");
  append(
      1, {tool_call_generated{running(1), 0, "c1", "f", R"({"a":"b"})"},
          tool_call_generated{running(1), 1, "c2", "g", "not json"}});
  append(
      1,
      {generation_completed{running(1), ending::tool_calls, "tool_calls", {}}});
  auto all = read(1);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].body.content, "null");
  EXPECT_EQ(
      all[1].body.tool_calls,
      R"([{"id":"c1","type":"function","function":{"name":"f",)"
      R"("arguments":"{\"a\":\"b\"}"}},)"
      R"({"id":"c2","type":"function","function":{"name":"g",)"
      R"("arguments":"not json"}}])");
}

TEST_F(MessageHistoryTest, ACompletedTurnWithoutATokenIsAnEmptyMessage) {
  writer_.open(session(1), "u", "a");
  writer_.complete(session(1));
  EXPECT_EQ(contents(1), (std::vector<std::string>{"\"Hello\"", "\"\""}));
}

TEST_F(MessageHistoryTest, AFailedTurnWithoutATokenIsNoMessage) {
  writer_.open(session(1), "u", "a");
  append(
      1, {generation_failed{running(1), ending::failed, "timed_out", "x", {}}});
  EXPECT_EQ(contents(1), (std::vector<std::string>{"\"Hello\""}));
}

TEST_F(MessageHistoryTest, ARunningTurnShowsWhatIsRecordedSoFar) {
  writer_.open(session(1), "u", "a");
  writer_.append(
      session(1), tokens(writer_.now(), {{token_channel::reasoning, "hm"}}));
  EXPECT_EQ(read(1).size(), 1u);
  writer_.append(session(1), answer(writer_.now(), {"so", " far"}));
  auto all = read(1);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].body.content, "\"so far\"");
  EXPECT_EQ(all[1].reasoning, "hm");
  EXPECT_EQ(all[1].end, std::nullopt);
  EXPECT_EQ(all[1].version, stream_version{0});
  EXPECT_EQ(all[1].turn, running(1));
  EXPECT_EQ(all[1].index, 1u);
}

TEST_F(MessageHistoryTest, ARunningTurnCountsInPages) {
  writer_.open(session(1), "u", "a");
  writer_.append(session(1), answer(writer_.now(), {"x"}));
  fold();
  EXPECT_TRUE(page(1, 0, 1).more);
  EXPECT_EQ(page(1, 0, 2).messages.size(), 2u);
  EXPECT_FALSE(page(1, 0, 2).more);
  EXPECT_EQ(page(1, 1, 2).messages.size(), 1u);
  EXPECT_EQ(page(1, 1, 2).messages[0].index, 1u);
  EXPECT_THAT(page(1, 2, 2).messages, testing::IsEmpty());
}

TEST_F(MessageHistoryTest, RowsThatLagBehindAnEndingStillReadToTheEnd) {
  writer_.open(session(1), "u", "a");
  writer_.append(session(1), answer(writer_.now(), {"x"}));
  fold();
  writer_.append(session(1), answer(writer_.now(), {"y"}));
  writer_.complete(session(1));
  writer_.ask(session(1), 2, {user_says("next")});
  writer_.append(session(1), answer(writer_.now(), {"not mine"}));
  auto all = page(1).messages;
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].body.content, "\"xy\"");
  EXPECT_EQ(all[1].end, ending::complete);
}

TEST_F(MessageHistoryTest, ABranchReplacesWhatStoodBehind) {
  writer_.chat(session(1), "one");
  writer_.chat(session(1), "two");
  writer_.ask(session(1), 1, {user_says("other")});
  EXPECT_EQ(contents(1), (std::vector<std::string>{"\"one\"", "\"other\""}));
  writer_.append(session(1), answer(writer_.now(), {"ok"}));
  writer_.complete(session(1));
  EXPECT_EQ(
      contents(1),
      (std::vector<std::string>{"\"one\"", "\"other\"", "\"ok\""}));
}

TEST_F(MessageHistoryTest, ABranchFromTheStartLeavesNothing) {
  writer_.chat(session(1), "one");
  append(1, {messages_received{turn(9), {}, 0, {}}});
  EXPECT_THAT(read(1), testing::IsEmpty());
}

TEST_F(MessageHistoryTest, PagesAreSlicesOfTheWhole) {
  for (int i = 0; i < 7; ++i)
    writer_.chat(session(1), std::to_string(i));
  auto all = read(1);
  ASSERT_EQ(all.size(), 14u);
  for (std::uint32_t from = 0; from < 16; ++from)
    for (std::size_t limit = 1; limit < 16; ++limit) {
      auto got = page(1, from, limit);
      std::size_t begin = std::min<std::size_t>(from, all.size());
      std::size_t end = std::min(begin + limit, all.size());
      ASSERT_EQ(got.messages.size(), end - begin) << from << " " << limit;
      EXPECT_EQ(got.more, end < all.size()) << from << " " << limit;
      for (std::size_t i = begin; i < end; ++i) {
        EXPECT_EQ(got.messages[i - begin].index, i);
        EXPECT_EQ(got.messages[i - begin].body, all[i].body);
      }
    }
}

TEST_F(MessageHistoryTest, FarRangesAreRefusedByNothing) {
  writer_.chat(session(1), "one");
  fold();
  EXPECT_THAT(page(1, 0xffffffff, 10).messages, testing::IsEmpty());
  EXPECT_EQ(page(1, 0, std::size_t(-1)).messages.size(), 2u);
}

TEST_F(MessageHistoryTest, SessionsDoNotShowInEachOther) {
  writer_.chat(session(1), "one");
  writer_.chat(session(2), "two");
  EXPECT_EQ(contents(1), (std::vector<std::string>{"\"one\"", "\"re: one\""}));
  EXPECT_EQ(contents(2), (std::vector<std::string>{"\"two\"", "\"re: two\""}));
}

TEST_F(MessageHistoryTest, RowsThatTheLogContradictsAreReported) {
  writer_.chat(session(1), "one");
  fold();
  auto other = make_memory_event_log();
  log_writer writer{*other};
  message_history_reader reader{*store_, *other};
  EXPECT_EQ(code_of(reader.read(session(1))), ec::corrupt);
  writer.append(session(1), {session_opened{"a", "u", {}}});
  for (int i = 0; i < 20; ++i)
    writer.append(session(1), {title_changed{"t", {}}});
  EXPECT_EQ(code_of(reader.read(session(1))), ec::corrupt);
}

/// Counts what is asked of the log.
class counting_log final : public event_log {
public:
  explicit counting_log(const event_log& log) : log_(&log) {}
  mutable int passes = 0;
  mutable std::size_t events = 0;

  void append(
      std::span<append_request>, std::span<result<log_position>>,
      std::span<const std::unique_ptr<prepared_seal>>) override {}
  result<stream_version> version_of(const stream_id& s) const override {
    return log_->version_of(s);
  }
  result<void> read_stream(
      const stream_id& stream, stream_version from,
      const batch_visitor& visit) const override {
    ++passes;
    return log_->read_stream(stream, from, [&](const batch_ptr& batch) {
      events += batch->size();
      return visit(batch);
    });
  }
  result<void>
  read_all(log_position from, const batch_visitor& visit) const override {
    return log_->read_all(from, visit);
  }
  log_position head() const noexcept override { return log_->head(); }
  result<void>
  visit_unsealed(const std::function<bool(stream_id)>&) const override {
    return {};
  }
  result<std::unique_ptr<prepared_seal>>
  prepare_seal(const stream_id&) const override {
    return std::unique_ptr<prepared_seal>{};
  }
  bool failed() const noexcept override { return false; }
  std::optional<std::uint64_t> free_bytes() const override { return {}; }

private:
  const event_log* log_;
};

TEST_F(MessageHistoryTest, TheWholeHistoryIsOnePassOverTheStream) {
  for (int i = 0; i < 50; ++i)
    writer_.chat(session(1), "x");
  fold();
  counting_log counted{*log_};
  EXPECT_EQ(
      value_of(message_history_reader{*store_, counted}.read(session(1)))
          .messages.size(),
      100u);
  EXPECT_EQ(counted.passes, 1);
}

TEST_F(MessageHistoryTest, APageReadsLittleMoreThanItShows) {
  for (int i = 0; i < 200; ++i)
    writer_.chat(session(1), "x");
  fold();
  counting_log counted{*log_};
  auto got = value_of(
      message_history_reader{*store_, counted}.read(session(1), 200, 2));
  EXPECT_EQ(got.messages.size(), 2u);
  EXPECT_LE(counted.events, 20u);
}

TEST_F(MessageHistoryTest, ALongAbandonedBranchIsStridden) {
  writer_.open(session(1), "u", "a");
  writer_.append(
      session(1), answer(writer_.now(), std::vector<std::string>(20'000, "x")));
  writer_.complete(session(1));
  for (int i = 0; i < 20; ++i)
    writer_.append(session(1), {title_changed{"t", {}}});
  writer_.ask(session(1), 1, {user_says("other")});
  fold();
  counting_log counted{*log_};
  auto got =
      value_of(message_history_reader{*store_, counted}.read(session(1)));
  EXPECT_EQ(got.messages.size(), 2u);
  EXPECT_EQ(counted.passes, 2);
  EXPECT_LE(counted.events, 10u);
}

} // namespace
} // namespace hansard::test
