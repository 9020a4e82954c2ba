#include "tests/http/upstream/openai_backend_fixture.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

namespace hansard {
namespace {

using test::mock_reply;
using testing::HasSubstr;

class OpenaiBackendTest : public test::openai_backend_fixture {};

TEST_F(OpenaiBackendTest, AnAnswerArrivesTokenByToken) {
  mock.reply(mock_reply::stream({"Hel", "lo", "!"}));
  const auto got = run();
  EXPECT_EQ(got.heard->text(), "Hello!");
  EXPECT_EQ(got.heard->tokens().marks.size(), 3u);
  const auto finish = got.heard->finish();
  ASSERT_TRUE(finish);
  EXPECT_EQ(finish->finish_reason, "stop");
  EXPECT_EQ(finish->usage, (token_usage{usage_source::reported, 9, 3, 0, 0}));
}

TEST_F(OpenaiBackendTest, TheRequestIsWhatTheServerExpects) {
  setenv("HANSARD_TEST_KEY", "sk-test", 1);
  agent.api_key_env = "HANSARD_TEST_KEY";
  agent.headers = {{"X-Team", "blue"}};
  run();
  unsetenv("HANSARD_TEST_KEY");
  const auto asked = mock.requests().at(0);
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(asked.target, "/v1/chat/completions");
  EXPECT_EQ(asked.headers.at("authorization"), "Bearer sk-test");
  EXPECT_EQ(asked.headers.at("x-team"), "blue");
  EXPECT_THAT(asked.body, HasSubstr(R"("content":"Hello")"));
}

TEST_F(OpenaiBackendTest, AMissingKeyFailsBeforeAnythingIsSent) {
  agent.api_key_env = "HANSARD_TEST_UNSET_KEY";
  const auto failed = failure();
  EXPECT_EQ(failed.code, ec::upstream_failed);
  EXPECT_FALSE(failed.retryable);
  EXPECT_THAT(failed.message, HasSubstr("HANSARD_TEST_UNSET_KEY"));
  EXPECT_EQ(mock.accepted(), 0u);
}

TEST_F(OpenaiBackendTest, TheKeyIsNotInAMessageThatQuotesIt) {
  setenv("HANSARD_TEST_KEY", "sk-very-secret", 1);
  agent.api_key_env = "HANSARD_TEST_KEY";
  mock.reply(mock_reply::json(
      401, R"({"error":{"message":"bad key: sk-very-secret!"}})"));
  const auto failed = failure();
  unsetenv("HANSARD_TEST_KEY");
  EXPECT_THAT(failed.message, HasSubstr("bad key"));
  EXPECT_THAT(failed.message, testing::Not(HasSubstr("very-secret")));
}

TEST_F(OpenaiBackendTest, TheBeginningOfTheKeyIsNotInAMessageThatWasCut) {
  setenv("HANSARD_TEST_KEY", "sk-very-secret", 1);
  agent.api_key_env = "HANSARD_TEST_KEY";
  for (std::size_t fill = 400; fill < 500; ++fill) {
    mock.reply(mock_reply::json(
        400, R"({"error":{"message":")" + std::string(fill, '.')
                 + R"(sk-very-secret)" + std::string(100, '.') + "\"}}"));
    ASSERT_THAT(failure().message, testing::Not(HasSubstr("sk-v"))) << fill;
  }
  unsetenv("HANSARD_TEST_KEY");
}

TEST_F(OpenaiBackendTest, AConnectionIsUsedAgain) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(run().heard->text(), "Hello from the mock.");
  EXPECT_EQ(mock.accepted(), 1u);
}

TEST_F(OpenaiBackendTest, AConnectionIsUsedAgainAfterARefusal) {
  mock.reply(mock_reply::json(429, R"({"error":{"message":"slow down"}})"));
  run();
  EXPECT_EQ(run().heard->text(), "Hello from the mock.");
  EXPECT_EQ(mock.accepted(), 1u);
}

TEST_F(OpenaiBackendTest, TheEndOfTheBodyMayComeAfterDone) {
  auto gate = std::make_shared<test::mock_gate>();
  auto reply = mock_reply::stream({"a"});
  // Head, role, token, finish, usage, [DONE], last chunk.
  mock.reply(reply.hold(6, gate));
  const auto first = run();
  EXPECT_EQ(first.heard->text(), "a");
  gate->open();
  // Either the first connection came back in time or a second was made.
  EXPECT_EQ(run().heard->text(), "Hello from the mock.");
}

TEST_F(OpenaiBackendTest, AConnectionThatTheServerClosedIsReplaced) {
  run();
  ASSERT_TRUE(mock.close_idle());
  ASSERT_TRUE(mock.wait_for_closed(1));
  EXPECT_EQ(run().heard->text(), "Hello from the mock.");
  EXPECT_EQ(mock.accepted(), 2u);
}

TEST_F(OpenaiBackendTest, AReusedConnectionThatDiesWithoutAnAnswerIsReplaced) {
  run();
  mock.reply(mock_reply::raw("").then_close());
  EXPECT_EQ(run().heard->text(), "Hello from the mock.");
  EXPECT_EQ(mock.accepted(), 2u);
  EXPECT_EQ(mock.requests().size(), 3u);
}

TEST_F(OpenaiBackendTest, AFreshConnectionThatDiesIsAFailure) {
  run();
  mock.reply(mock_reply::raw("").then_close());
  mock.reply(mock_reply::raw("").then_close());
  const auto failed = failure();
  EXPECT_EQ(failed.code, ec::upstream_unavailable);
  EXPECT_TRUE(failed.retryable);
}

TEST_F(OpenaiBackendTest, AServerThatWantsToCloseIsNotAskedAgain) {
  mock.reply(mock_reply::json(
      200, R"({"choices":[{"message":{
    "content":"Hi"},"finish_reason":"stop"}]})",
      {{"Connection", "close"}}));
  EXPECT_EQ(run().heard->text(), "Hi");
  EXPECT_EQ(run().heard->text(), "Hello from the mock.");
  EXPECT_EQ(mock.accepted(), 2u);
}

TEST_F(OpenaiBackendTest, NoConnectionIsKeptWhenNoneMayBeIdle) {
  options.max_idle_per_origin = 0;
  run();
  run();
  EXPECT_EQ(mock.accepted(), 2u);
  EXPECT_TRUE(mock.wait_for_closed(2));
}

TEST_F(OpenaiBackendTest, AnIdleConnectionIsClosedInTheEnd) {
  options.max_idle_time = std::chrono::milliseconds(10);
  run();
  EXPECT_TRUE(mock.wait_for_closed(1));
}

TEST_F(OpenaiBackendTest, ToolCallsArriveWhole) {
  mock.reply(mock_reply::events(
      {R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a",)"
       R"("function":{"name":"f","arguments":"{\"x\""}}]}}]})",
       R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,)"
       R"("function":{"arguments":":1}"}}]}}]})",
       test::mock_finish("tool_calls"), "[DONE]"}));
  const auto finish = run().heard->finish();
  ASSERT_TRUE(finish);
  ASSERT_EQ(finish->tool_calls.size(), 1u);
  EXPECT_EQ(finish->tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(finish->ending, ending::tool_calls);
}

TEST_F(OpenaiBackendTest, TokensOfOneReadAreOneCall) {
  mock.reply(mock_reply::body(
      "data: " + test::mock_delta("a") + "\n\ndata: " + test::mock_delta("b")
      + "\n\ndata: " + test::mock_finish("stop") + "\n\ndata: [DONE]\n\n"));
  const auto got = run();
  EXPECT_EQ(got.heard->tokens().marks.size(), 2u);
  EXPECT_EQ(got.heard->calls(), 1u);
}

TEST_F(OpenaiBackendTest, SingleBytesGiveTheSameAnswer) {
  mock.reply(mock_reply::stream({"Hel", "lo", " wörld"}).in_pieces_of(1));
  const auto got = run();
  EXPECT_EQ(got.heard->text(), "Hello wörld");
  EXPECT_TRUE(got.heard->finish());
}

TEST_F(OpenaiBackendTest, ALongPromptGoesThrough) {
  auto long_request = request();
  long_request.messages[0].content =
      '"' + std::string(6 * 1024 * 1024, 'x') + '"';
  auto heard = std::make_shared<test::recording_listener>();
  auto call = backend().start(long_request, heard);
  ASSERT_TRUE(heard->wait());
  EXPECT_EQ(heard->text(), "Hello from the mock.");
  EXPECT_GT(mock.requests().at(0).body.size(), 6u * 1024 * 1024);
}

TEST_F(OpenaiBackendTest, ManyCallsOnSeveralThreadsDoNotMix) {
  mock.reply_by([](const test::mock_request& asked) {
    const auto at = asked.body.find("number ");
    const auto number = asked.body.substr(at, asked.body.find('"', at) - at);
    return mock_reply::stream({"I am ", number, "."})
        .pace(std::chrono::milliseconds(1));
  });
  io_pool threads(3);
  const auto shared = make_openai_backend(threads, options);
  std::vector<test::attempt> all;
  for (int i = 0; i < 200; ++i) {
    auto asked = request();
    asked.messages[0].content = "\"number " + std::to_string(i) + '"';
    auto& one = all.emplace_back();
    one.heard = std::make_shared<test::recording_listener>();
    one.call = shared->start(std::move(asked), one.heard);
    // Every third is given up, somewhere on its way.
    if (i % 3 == 0 && i > 20)
      all[static_cast<std::size_t>(i) - 20].call.reset();
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].call)
      continue;
    ASSERT_TRUE(all[i].heard->wait()) << i;
    EXPECT_EQ(all[i].heard->text(), "I am number " + std::to_string(i) + ".");
    EXPECT_TRUE(all[i].heard->finish());
  }
}

TEST_F(OpenaiBackendTest, WithoutCreditNothingMoreIsRead) {
  test::mock_options small;
  small.send_buffer = 64 * 1024;
  test::mock_model_server server(small);
  agent.base_url = server.base_url();
  const auto event =
      "data: " + test::mock_delta(std::string(1000, 'x')) + "\n\n";
  server.reply(
      mock_reply::raw("HTTP/1.1 200 OK\r\n\r\n").then(event).endless());
  auto streaming = start();
  ASSERT_TRUE(server.wait_until_blocked());
  const auto held = streaming.heard->tokens().text.size();
  EXPECT_GE(held, upstream_window_bytes);
  EXPECT_LT(held, upstream_window_bytes + 64 * 1024);

  // What is returned is replaced by as much, and no more.
  streaming.call->grant(held);
  ASSERT_TRUE(streaming.heard->wait_for_bytes(2 * upstream_window_bytes));
  ASSERT_TRUE(server.wait_until_blocked());
  EXPECT_LT(
      streaming.heard->tokens().text.size(),
      held + upstream_window_bytes + 64 * 1024);
  streaming.call->cancel();
  EXPECT_TRUE(server.wait_for_closed(1));
}

TEST_F(OpenaiBackendTest, CreditReturnedInTimeLetsALongAnswerThrough) {
  std::vector<std::string> texts(3000, std::string(100, 'y'));
  mock.reply(mock_reply::stream(texts));
  auto begun = start();
  std::size_t granted = 0;
  ASSERT_TRUE(test::eventually([&] {
    const auto held = begun.heard->tokens().text.size();
    begun.call->grant(held - granted);
    granted = held;
    return begun.heard->is_over();
  }));
  EXPECT_TRUE(begun.heard->finish());
  EXPECT_EQ(begun.heard->text().size(), 300'000u);
}

} // namespace
} // namespace hansard
