#include "tests/events/session/session_fixture.hpp"

namespace hansard::test {

namespace {

/// Edit and regenerate: replaceFrom.
class SessionReplaceTest : public session_fixture {
protected:
  void SetUp() override {
    talk({user_says("one")}, "two");
    talk({user_says("three")}, "four");
  }

  start_turn replacing(replace_point from, std::vector<message> messages = {}) {
    auto command = ask(std::move(messages));
    command.replace_from = from;
    return command;
  }

  void expect_refused(start_turn command, ec code) {
    auto before = describe(state);
    auto events = decide(state, std::move(command));
    ASSERT_FALSE(events);
    EXPECT_EQ(events.error().code, code) << events.error().message;
    EXPECT_EQ(describe(state), before);
  }

  void answered(std::string_view text) {
    token(text);
    complete();
  }
};

TEST_F(SessionReplaceTest, AnIndexKeepsWhatStandsInFrontOfIt) {
  ASSERT_TRUE(perform(replacing(std::uint32_t{2}, {user_says("3")})));
  answered("4");
  EXPECT_EQ(state.history.size(), 4u);
  EXPECT_EQ(state.history[2], user_says("3"));
  EXPECT_EQ(state.turns.size(), 3u);
  EXPECT_TRUE(state.turns[0].active);
  EXPECT_FALSE(state.turns[1].active);
  EXPECT_TRUE(state.turns[2].active);
}

TEST_F(SessionReplaceTest, ATurnIsEditedWithOtherMessages) {
  auto turn = state.turns[0].turn;
  ASSERT_TRUE(perform(replacing(turn, {user_says("uno")})));
  answered("due");
  ASSERT_EQ(state.history.size(), 2u);
  EXPECT_EQ(state.history[0], user_says("uno"));
}

TEST_F(SessionReplaceTest, ATurnWithoutMessagesIsAnsweredAnew) {
  auto turn = state.turns[1].turn;
  auto events = perform(replacing(turn));
  ASSERT_TRUE(events);
  auto* received = std::get_if<messages_received>(&events->front());
  ASSERT_TRUE(received);
  EXPECT_EQ(received->keep, 3u);
  EXPECT_TRUE(received->messages.empty());
  answered("vier");
  ASSERT_EQ(state.history.size(), 4u);
  EXPECT_EQ(plain_text(state.history[2].content), "three");
  EXPECT_EQ(plain_text(state.history[3].content), "vier");
}

TEST_F(SessionReplaceTest, AnAnswerIsRegeneratedAgainAndAgain) {
  auto turn = state.turns[1].turn;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(perform(replacing(turn)));
    answered("try " + std::to_string(i));
    ASSERT_EQ(state.history.size(), 4u);
    turn = state.turns.back().turn;
    EXPECT_TRUE(state.turns.back().active);
  }
  // The turn that brought the question is still on the branch; those whose
  // answers were replaced are not.
  EXPECT_TRUE(state.turns[1].active);
  EXPECT_FALSE(state.turns[2].active);
  EXPECT_FALSE(state.turns[3].active);
  EXPECT_TRUE(perform(replacing(state.turns[1].turn)));
}

TEST_F(SessionReplaceTest, AnAnswerIsRegeneratedByItsIndex) {
  ASSERT_TRUE(perform(replacing(std::uint32_t{1})));
  answered("zwei");
  ASSERT_EQ(state.history.size(), 2u);
  EXPECT_EQ(plain_text(state.history[1].content), "zwei");
}

TEST_F(SessionReplaceTest, WhatIsNotOnTheActiveBranchIsRefused) {
  expect_refused(
      replacing(std::uint32_t{5}, {user_says("x")}), ec::invalid_request);
  expect_refused(
      replacing(turn_number(99), {user_says("x")}), ec::invalid_request);
  auto left = state.turns[1].turn;
  ASSERT_TRUE(perform(replacing(std::uint32_t{2}, {user_says("3")})));
  answered("4");
  expect_refused(replacing(left, {user_says("x")}), ec::invalid_request);
}

TEST_F(SessionReplaceTest, WithoutAQuestionThereIsNothingToAnswer) {
  expect_refused(replacing(std::uint32_t{0}), ec::invalid_request);
  expect_refused(replacing(std::uint32_t{2}), ec::invalid_request);
  expect_refused(replacing(std::uint32_t{4}), ec::invalid_request);
}

TEST_F(SessionReplaceTest, AStrictAgentRefusesToReplaceButNotToAppend) {
  auto command = replacing(std::uint32_t{2}, {user_says("3")});
  command.policy = history_policy::strict;
  expect_refused(command, ec::history_conflict);
  command.replace_from = std::uint32_t{4};
  EXPECT_TRUE(perform(command));
}

TEST_F(SessionReplaceTest, TheSameWordsAreNewWhereTheyReplace) {
  auto command = replacing(std::uint32_t{0}, {user_says("one")});
  auto events = perform(command);
  ASSERT_TRUE(events);
  EXPECT_EQ(std::get<messages_received>(events->front()).messages.size(), 1u);
}

TEST_F(SessionReplaceTest, CutAnswersAreShownToTheModelOrHidden) {
  ASSERT_TRUE(perform(ask({user_says("five")}, history_hint::delta)));
  token("si");
  complete(ending::cancelled);
  ASSERT_TRUE(perform(ask({user_says("seven")}, history_hint::delta)));
  EXPECT_EQ(prompt_of(state, partial_policy::show), state.history);
  auto hidden = prompt_of(state, partial_policy::hide);
  // The two questions around it are one message.
  ASSERT_EQ(hidden.size(), state.history.size() - 2);
  for (const auto& m : hidden)
    EXPECT_NE(plain_text(m.content), "si");
  EXPECT_EQ(plain_text(hidden.back().content), "five\n\nseven");
}

TEST_F(SessionReplaceTest, ACutAnswerThatWasReplacedHidesNothingElse) {
  ASSERT_TRUE(perform(ask({user_says("five")}, history_hint::delta)));
  token("si");
  complete(ending::interrupted);
  ASSERT_TRUE(perform(replacing(std::uint32_t{5})));
  answered("six");
  EXPECT_TRUE(state.partial.empty());
  EXPECT_EQ(prompt_of(state, partial_policy::hide), state.history);
}

} // namespace

} // namespace hansard::test
