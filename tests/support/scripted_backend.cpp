#include "tests/support/scripted_backend.hpp"

#include <chrono>
#include <utility>

namespace hansard::test {

namespace {

class handle : public upstream_call {
public:
  explicit handle(std::shared_ptr<scripted_backend::call> call)
      : call_(std::move(call)) {}
  ~handle() override { call_->dropped = true; }
  void grant(std::size_t bytes) override { call_->granted += bytes; }
  void cancel() override { call_->cancelled = true; }

private:
  std::shared_ptr<scripted_backend::call> call_;
};

} // namespace

void scripted_backend::call::say(const std::vector<std::string>& tokens) {
  token_run run;
  for (const auto& token : tokens)
    run.add(clock_(), token_channel::answer, token);
  listener_->on_tokens(std::move(run));
}

void scripted_backend::call::think(const std::string& token) {
  token_run run;
  run.add(clock_(), token_channel::reasoning, token);
  listener_->on_tokens(std::move(run));
}

void scripted_backend::call::finish(
    ending how, token_usage usage,
    std::vector<tool_call_generated> tool_calls) {
  upstream_finish finish;
  finish.ending = how;
  finish.finish_reason = "stop";
  finish.usage = usage;
  finish.tool_calls = std::move(tool_calls);
  listener_->on_finish(std::move(finish));
}

void scripted_backend::call::fail(upstream_failure failure) {
  listener_->on_failure(std::move(failure));
}

void scripted_backend::call::fail(
    ec code, bool retryable, const token_usage& usage) {
  upstream_failure failure;
  failure.usage = usage;
  failure.code = code;
  failure.message = "The test says so.";
  failure.retryable = retryable;
  fail(std::move(failure));
}

std::size_t scripted_backend::calls() const {
  std::lock_guard lock{mutex_};
  return calls_.size();
}

std::shared_ptr<scripted_backend::call>
scripted_backend::at(std::size_t index) const {
  std::lock_guard lock{mutex_};
  return calls_.at(index);
}

std::shared_ptr<scripted_backend::call> scripted_backend::last() const {
  std::lock_guard lock{mutex_};
  return calls_.at(calls_.size() - 1);
}

std::shared_ptr<scripted_backend::call>
scripted_backend::wait_for(std::size_t index) const {
  std::unique_lock lock{mutex_};
  if (!started_.wait_for(lock, std::chrono::seconds{30}, [this, index] {
        return calls_.size() > index;
      }))
    return nullptr;
  return calls_[index];
}

std::unique_ptr<upstream_call> scripted_backend::start(
    upstream_request request, std::shared_ptr<upstream_listener> listener) {
  auto one =
      std::make_shared<call>(std::move(request), std::move(listener), clock_);
  {
    std::lock_guard lock{mutex_};
    calls_.push_back(one);
  }
  started_.notify_all();
  return std::make_unique<handle>(std::move(one));
}

} // namespace hansard::test
