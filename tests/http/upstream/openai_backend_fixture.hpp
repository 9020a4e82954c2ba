#pragma once

#include "http/upstream/openai/openai_backend.hpp"
#include "tests/support/mock_model_server.hpp"
#include "tests/support/recording_listener.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace hansard::test {

/// An attempt under way, and what came of it.
struct attempt {
  std::shared_ptr<recording_listener> heard;
  std::unique_ptr<upstream_call> call;
};

/// A backend in front of a mock. One thread, so that what two calls share is
/// certain.
class openai_backend_fixture : public testing::Test {
protected:
  openai_backend_fixture() {
    agent.base_url = mock.base_url();
    // In one write: at the end of the call the connection is back for certain.
    mock.reply_always(mock_reply::stream({"Hello", " from", " the", " mock."})
                          .in_pieces_of(64 * 1024));
  }

  llm_backend& backend() {
    if (!backend_)
      backend_ = make_openai_backend(pool_, options);
    return *backend_;
  }

  upstream_request request() const {
    upstream_request asked;
    asked.agent = std::make_shared<agent_spec>(agent);
    asked.model = "mock";
    message hello;
    hello.content = R"("Hello")";
    asked.messages.push_back(hello);
    return asked;
  }

  attempt start() {
    attempt begun;
    begun.heard = std::make_shared<recording_listener>();
    begun.call = backend().start(request(), begun.heard);
    return begun;
  }

  /// Starts an attempt and waits for its end.
  attempt run() {
    auto begun = start();
    EXPECT_TRUE(begun.heard->wait());
    EXPECT_FALSE(begun.heard->got_more_after_the_end());
    return begun;
  }

  /// Runs a call that must fail.
  upstream_failure failure() {
    const auto failed = run().heard->failure();
    EXPECT_TRUE(failed);
    return failed.value_or(upstream_failure());
  }

  mock_model_server mock;
  agent_spec agent;
  openai_backend_options options;

private:
  io_pool pool_{1};
  std::shared_ptr<llm_backend> backend_;
};

} // namespace hansard::test
