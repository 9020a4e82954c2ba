#pragma once

#include "actors/llm_backend.hpp"
#include "events/time.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hansard::test {

/// A model whose every word is the test's.
class scripted_backend : public llm_backend {
public:
  /// One attempt.
  class call {
  public:
    call(
        upstream_request request, std::shared_ptr<upstream_listener> listener,
        std::function<timestamp()> clock)
        : request(std::move(request)),
          listener_(std::move(listener)),
          clock_(std::move(clock)) {}

    /// What one read brings: a token each.
    void say(const std::vector<std::string>& tokens);
    void think(const std::string& token);
    void finish(
        ending how = ending::complete, token_usage usage = {},
        std::vector<tool_call_generated> tool_calls = {});
    void fail(upstream_failure failure);
    void fail(ec code, bool retryable, const token_usage& usage = {});

    const upstream_request request;
    /// Bytes of credit that came back.
    std::atomic<std::size_t> granted{0};
    std::atomic<bool> cancelled{false};
    /// The worker let go of it.
    std::atomic<bool> dropped{false};
    bool is_let_go() const { return cancelled || dropped; }

  private:
    std::shared_ptr<upstream_listener> listener_;
    std::function<timestamp()> clock_;
  };

  explicit scripted_backend(std::function<timestamp()> clock)
      : clock_(std::move(clock)) {}

  std::size_t calls() const;
  /// The attempt of this number, from 0. @pre there is one.
  std::shared_ptr<call> at(std::size_t index) const;
  std::shared_ptr<call> last() const;
  /// Waits, where actors run on threads of their own.
  std::shared_ptr<call> wait_for(std::size_t index) const;

  std::unique_ptr<upstream_call> start(
      upstream_request request,
      std::shared_ptr<upstream_listener> listener) override;

private:
  mutable std::mutex mutex_;
  mutable std::condition_variable started_;
  std::function<timestamp()> clock_;
  std::vector<std::shared_ptr<call>> calls_;
};

} // namespace hansard::test
