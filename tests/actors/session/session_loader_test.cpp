#include "actors/session/session_loader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hansard::test {

namespace {

class SessionLoaderTest : public ::testing::Test {
protected:
  /// A command; `done` gets its name, or why it could not be done.
  void ask(std::string name) {
    loader.when_ready([this, name](const error* why) {
      done.push_back(why ? std::string(to_string(why->code)) : name);
    });
  }

  session_loader loader;
  std::vector<std::string> done;
};

TEST_F(SessionLoaderTest, CommandsWaitForTheLoadAndKeepTheirOrder) {
  loader.load();
  ask("a");
  ask("b");
  EXPECT_TRUE(done.empty());
  loader.succeed();
  ask("c");
  EXPECT_EQ(done, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(SessionLoaderTest, ATurnThatWasLeftOpenIsClosedBeforeAnyCommand) {
  loader.load();
  ask("a");
  loader.close_turn();
  ask("b");
  EXPECT_TRUE(done.empty());
  EXPECT_FALSE(loader.is_done());
  loader.succeed();
  EXPECT_EQ(done, (std::vector<std::string>{"a", "b"}));
}

TEST_F(SessionLoaderTest, AFailureIsTheAnswerUntilAnotherTry) {
  loader.load();
  ask("a");
  loader.fail(make_error(ec::corrupt, "x"));
  ask("b");
  EXPECT_EQ(done, (std::vector<std::string>{"corrupt", "corrupt"}));
  loader.retry();
  ask("c");
  EXPECT_EQ(done.size(), 2u);
  loader.succeed();
  EXPECT_EQ(done.back(), "c");
}

TEST_F(SessionLoaderTest, OneRetryIsDueAtATime) {
  EXPECT_FALSE(loader.plan_retry());
  loader.fail(make_error(ec::corrupt, "x"));
  EXPECT_TRUE(loader.plan_retry());
  EXPECT_FALSE(loader.plan_retry());
  loader.retry();
  loader.fail(make_error(ec::corrupt, "x"));
  EXPECT_TRUE(loader.plan_retry());
}

TEST_F(SessionLoaderTest, OneCommandTooManyIsRefusedAtOnce) {
  loader.load();
  for (std::size_t i = 0; i < session_loader::max_waiting; ++i)
    ask("a");
  EXPECT_TRUE(done.empty());
  ask("b");
  EXPECT_EQ(done, std::vector<std::string>{"overloaded"});
}

TEST_F(SessionLoaderTest, AStreamThatNeverStandsStillIsGivenUp) {
  for (int i = 0; i < session_loader::max_loads; ++i) {
    EXPECT_TRUE(loader.may_load_again());
    loader.load();
  }
  EXPECT_FALSE(loader.may_load_again());
}

} // namespace

} // namespace hansard::test
