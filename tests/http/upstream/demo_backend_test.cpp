#include "http/upstream/demo/demo_backend.hpp"
#include "http/upstream/demo/demo_script.hpp"
#include "tests/support/recording_listener.hpp"

#include <gmock/gmock.h>

#include <string>

namespace hansard {
namespace {

using test::recording_listener;
using testing::HasSubstr;

upstream_request ask(std::string_view words) {
  upstream_request request;
  request.agent = std::make_shared<agent_spec>();
  request.session.bytes[0] = 1;
  request.turn.bytes[0] = 2;
  message asked;
  asked.content = '"' + std::string(words) + '"';
  request.messages.push_back(asked);
  return request;
}

std::string text_of(const demo_script& script) {
  std::string text;
  for (const auto& token : script.tokens)
    text += token.text;
  return text;
}

std::string answer_of(const demo_script& script) {
  std::string text;
  for (const auto& token : script.tokens)
    if (token.channel == token_channel::answer)
      text += token.text;
  return text;
}

TEST(DemoScriptTest, TheAnswerRepeatsTheQuestionAndTellsOfTheRecord) {
  const auto request = ask("How are you?");
  const auto text = text_of(make_demo_script(request));
  EXPECT_TRUE(text.starts_with("Hansard demo model:"));
  EXPECT_THAT(text, HasSubstr("How are you?"));
  EXPECT_THAT(text, HasSubstr(request.session.to_string()));
  EXPECT_THAT(text, HasSubstr(request.turn.to_string()));
  EXPECT_THAT(text, HasSubstr("1 message so far"));
}

TEST(DemoScriptTest, TheSameRequestGetsTheSameAnswer) {
  EXPECT_EQ(
      text_of(make_demo_script(ask("Hello"))),
      text_of(make_demo_script(ask("Hello"))));
}

TEST(DemoScriptTest, EachAnswerIsLabelled) {
  for (auto words :
       {"hi", "demo:help", "demo:long", "demo:fast 3", "demo:reason",
        "demo:tool", "demo:cut", "demo:slow", "demo:nonsense"})
    EXPECT_TRUE(answer_of(make_demo_script(ask(words)))
                    .starts_with("Hansard demo model:"))
        << words;
  EXPECT_THAT(
      make_demo_script(ask("demo:error")).failure->message,
      HasSubstr("Hansard demo model"));
  EXPECT_THAT(
      make_demo_script(ask("demo:cut")).failure->message,
      HasSubstr("Hansard demo model"));
}

TEST(DemoScriptTest, TheScriptedWordsAreObeyed) {
  EXPECT_EQ(make_demo_script(ask("demo:long")).tokens.size(), 500u);
  const auto fast = make_demo_script(ask("please demo:fast 1234"));
  EXPECT_EQ(fast.tokens.size(), 1234u);
  EXPECT_FALSE(fast.paced);
  EXPECT_TRUE(make_demo_script(ask("demo:slow")).slow);
  const auto error = make_demo_script(ask("demo:error"));
  EXPECT_TRUE(error.tokens.empty());
  EXPECT_EQ(error.failure->code, ec::upstream_failed);
  EXPECT_EQ(
      make_demo_script(ask("demo:cut")).failure->code, ec::upstream_truncated);
  EXPECT_THAT(
      text_of(make_demo_script(ask("demo:help"))), HasSubstr("demo:reason"));
}

TEST(DemoScriptTest, AnAbsurdNumberOfTokensIsCapped) {
  for (auto words :
       {"demo:fast 99999999", "demo:fast 99999999999999999999999", "demo:fast",
        "demo:fast -1"})
    EXPECT_LE(make_demo_script(ask(words)).tokens.size(), max_demo_tokens);
}

TEST(DemoScriptTest, ReasoningHasItsOwnChannel) {
  const auto script = make_demo_script(ask("demo:reason"));
  EXPECT_GT(script.finish.usage.reasoning, 0u);
  EXPECT_LT(script.finish.usage.reasoning, script.finish.usage.completion);
  std::string all;
  for (const auto& token : script.tokens)
    if (token.channel == token_channel::reasoning)
      all += token.text;
  EXPECT_EQ(all.find("asks for"), all.rfind("asks for"))
      << "said once: " << all;
}

TEST(DemoScriptTest, AToolIsCalledOnceAndItsAnswerRepeated) {
  auto request = ask("demo:tool");
  const auto called = make_demo_script(request);
  ASSERT_EQ(called.finish.tool_calls.size(), 1u);
  EXPECT_EQ(called.finish.ending, ending::tool_calls);
  message result;
  result.role = role::tool;
  result.content = R"("21 degrees")";
  request.messages.push_back(result);
  const auto answered = make_demo_script(request);
  EXPECT_TRUE(answered.finish.tool_calls.empty());
  EXPECT_THAT(text_of(answered), HasSubstr("21 degrees"));
}

class DemoBackendTest : public testing::Test {
protected:
  std::unique_ptr<upstream_call> start(std::string_view words) {
    return make_demo_backend(pool, options)->start(ask(words), heard);
  }

  io_pool pool{1};
  demo_options options{
      std::chrono::milliseconds(0), std::chrono::milliseconds(1)};
  std::shared_ptr<recording_listener> heard =
      std::make_shared<recording_listener>();
};

TEST_F(DemoBackendTest, ItSaysWhatItsScriptSays) {
  for (auto words : {"Hello", "demo:slow", "demo:reason", "demo:long"}) {
    heard = std::make_shared<recording_listener>();
    auto call = start(words);
    ASSERT_TRUE(heard->wait());
    const auto script = make_demo_script(ask(words));
    EXPECT_EQ(heard->text(), text_of(script));
    EXPECT_EQ(heard->tokens().marks.size(), script.tokens.size());
    ASSERT_TRUE(heard->finish());
    EXPECT_EQ(heard->finish()->usage, script.finish.usage);
  }
}

TEST_F(DemoBackendTest, PacedTokensComeOneByOne) {
  options.token_interval = std::chrono::milliseconds(1);
  auto call = start("demo:cut");
  ASSERT_TRUE(heard->wait());
  EXPECT_EQ(heard->calls(), heard->tokens().marks.size());
  ASSERT_TRUE(heard->failure());
  EXPECT_EQ(heard->failure()->code, ec::upstream_truncated);
}

TEST_F(DemoBackendTest, ItStopsWithoutCreditAndGoesOnWithIt) {
  auto call = start("demo:fast 20000");
  ASSERT_TRUE(heard->wait_for_bytes(upstream_window_bytes));
  std::size_t granted = 0;
  ASSERT_TRUE(test::eventually([&] {
    const auto held = heard->tokens().text.size();
    EXPECT_LT(held - granted, 2 * upstream_window_bytes);
    call->grant(held - granted);
    granted = held;
    return heard->is_over();
  }));
  EXPECT_EQ(heard->tokens().marks.size(), 20'000u);
}

TEST_F(DemoBackendTest, CancelEndsItWithoutAWord) {
  auto call = start("demo:fast 100000");
  ASSERT_TRUE(heard->wait_for_bytes(upstream_window_bytes));
  call->cancel();
  call->grant(1'000'000);
  const std::weak_ptr<upstream_listener> listener = heard;
  heard.reset();
  EXPECT_TRUE(test::eventually([&] { return listener.expired(); }));
}

} // namespace
} // namespace hansard
