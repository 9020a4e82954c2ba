#include "tests/actors/simulation/log_witness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace hansard::test {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A log with one session, written by a hand that keeps to no rule.
class LogWitnessTest : public testing::Test {
protected:
  void append(event body) {
    append_request request;
    request.expected = {version_};
    request.batch = std::make_shared<event_batch>();
    request.batch->stream = stream_;
    request.batch->add(timestamp{}, std::move(body));
    request.encoded = encode_items(*request.batch);
    result<log_position> outcome{log_position{}};
    log_->append({&request, 1}, {&outcome, 1});
    ASSERT_TRUE(outcome);
    ++version_;
  }
  void admit(const turn_id& turn) { append(turn_admitted{turn, {}, {}}); }
  void start(const turn_id& turn, std::uint32_t attempt) {
    generation_started started;
    started.turn = turn;
    started.attempt = attempt;
    append(started);
  }
  void say(const std::string& text) {
    append(token_generated{token_channel::answer, text});
  }
  void complete(const turn_id& turn) {
    generation_completed completed;
    completed.turn = turn;
    append(completed);
  }
  const std::string& findings() {
    witness_.read_on(*log_);
    return witness_.findings();
  }

  const turn_id one_{make_ulid(1, 0, 1)};
  const turn_id other_{make_ulid(1, 0, 2)};
  const stream_id stream_ = stream_of(session_id{make_ulid(1, 0, 3)});
  std::unique_ptr<event_log> log_ = make_memory_event_log();
  std::uint64_t version_ = 0;
  log_witness witness_;
};

} // namespace

TEST_F(LogWitnessTest, AWholeTurnIsFine) {
  admit(one_);
  start(one_, 1);
  start(one_, 2);
  say("Hello");
  EXPECT_EQ(findings(), "");
  EXPECT_EQ(witness_.open_turns(), 1u);
  say(" world");
  complete(one_);
  EXPECT_EQ(findings(), "");
  EXPECT_EQ(witness_.open_turns(), 0u);
  EXPECT_EQ(witness_.find(one_)->text, "Hello world");
  EXPECT_EQ(witness_.events(stream_).size(), 6u);
}

TEST_F(LogWitnessTest, TwoTurnsAtOnceAreFoundOut) {
  admit(one_);
  admit(other_);
  EXPECT_THAT(findings(), HasSubstr("two turns at once at position 2"));
}

TEST_F(LogWitnessTest, ATokenOutsideATurnIsFoundOut) {
  say("Hello");
  EXPECT_THAT(findings(), HasSubstr("token_generated outside its turn"));
}

TEST_F(LogWitnessTest, AnEndingOfAnotherTurnIsFoundOut) {
  admit(one_);
  complete(other_);
  EXPECT_THAT(findings(), HasSubstr("generation_completed outside its turn"));
}

TEST_F(LogWitnessTest, ASecondEndingIsFoundOut) {
  admit(one_);
  complete(one_);
  complete(one_);
  EXPECT_THAT(findings(), HasSubstr("outside its turn at position 3"));
}

TEST_F(LogWitnessTest, AnAttemptAfterTheFirstTokenIsFoundOut) {
  admit(one_);
  start(one_, 1);
  say("Hello");
  start(one_, 2);
  EXPECT_THAT(findings(), HasSubstr("after the first token"));
}

TEST_F(LogWitnessTest, ALostAttemptIsFoundOut) {
  admit(one_);
  start(one_, 2);
  EXPECT_THAT(findings(), HasSubstr("attempts out of order"));
}

} // namespace hansard::test
