#pragma once

#include "actors/llm_backend.hpp"
#include "tests/support/mock_model_server.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hansard::test {

/// Keeps what an attempt produces. Any thread.
class recording_listener final : public upstream_listener {
public:
  void on_tokens(token_run tokens) override {
    std::lock_guard lock(mutex_);
    late_ = late_ || over();
    tokens_.append(tokens);
    ++calls_;
  }
  void on_finish(upstream_finish finish) override {
    std::lock_guard lock(mutex_);
    late_ = late_ || over();
    finish_ = std::move(finish);
  }
  void on_failure(upstream_failure failure) override {
    std::lock_guard lock(mutex_);
    late_ = late_ || over();
    failure_ = std::move(failure);
  }

  bool is_over() const {
    std::lock_guard lock(mutex_);
    return over();
  }
  /// Waits for the end; false: it did not come.
  bool wait() const {
    return eventually([this] { return is_over(); });
  }
  bool wait_for_bytes(std::size_t count) const {
    return eventually([&] { return tokens().text.size() >= count; });
  }
  token_run tokens() const {
    std::lock_guard lock(mutex_);
    return tokens_;
  }
  std::string text() const { return tokens().text; }
  std::optional<upstream_finish> finish() const {
    std::lock_guard lock(mutex_);
    return finish_;
  }
  std::optional<upstream_failure> failure() const {
    std::lock_guard lock(mutex_);
    return failure_;
  }
  std::size_t calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  /// Something came after the end: a breach of the contract.
  bool got_more_after_the_end() const {
    std::lock_guard lock(mutex_);
    return late_;
  }

private:
  bool over() const { return finish_ || failure_; }

  mutable std::mutex mutex_;
  token_run tokens_;
  std::size_t calls_ = 0;
  std::optional<upstream_finish> finish_;
  std::optional<upstream_failure> failure_;
  bool late_ = false;
};

} // namespace hansard::test
