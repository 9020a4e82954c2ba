#include "http/upstream/demo/demo_backend.hpp"

#include "http/text/wall_clock.hpp"
#include "http/upstream/demo/demo_script.hpp"
#include "http/upstream/upstream_credit.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <exception>

namespace hansard {

namespace asio = boost::asio;

namespace {

/// Tokens of one call to the listener where there is no pace.
constexpr std::size_t burst = 64;

/// Plays one script on one thread.
class demo_call : public std::enable_shared_from_this<demo_call> {
public:
  demo_call(
      asio::io_context& context, const demo_options& options,
      upstream_request request, std::shared_ptr<upstream_listener> listener)
      : context_(context),
        options_(options),
        request_(std::move(request)),
        listener_(std::move(listener)),
        timer_(context) {}

  void start() {
    post([](demo_call& self) {
      self.script_ = make_demo_script(self.request_);
      if (self.script_.slow)
        self.wait(self.options_.slow_start);
      else
        self.play();
    });
  }

  void grant(std::size_t bytes) {
    if (credit_.grant(bytes))
      post([](demo_call& self) { self.go_on(); });
  }

  void cancel() {
    if (!cancelled_.exchange(true))
      post([](demo_call& self) { self.over(); });
  }

private:
  template <class Step>
  void post(Step step) {
    asio::post(
        context_, [self = shared_from_this(), step] { self->guarded(step); });
  }

  template <class Step>
  void guarded(Step step) {
    try {
      if (cancelled_)
        over();
      else if (listener_)
        step(*this);
    } catch (const std::exception&) {
      upstream_failure failure;
      failure.code = ec::internal;
      failure.message = "a fault inside the server ended the call";
      fail(std::move(failure));
    }
  }

  bool paced() const {
    return script_.paced && options_.token_interval.count() > 0;
  }

  void play() {
    if (next_ == script_.tokens.size())
      return end();
    token_run run;
    const auto now = wall_clock();
    const auto last =
        std::min(next_ + (paced() ? 1 : burst), script_.tokens.size());
    for (; next_ < last; ++next_) {
      const auto& token = script_.tokens[next_];
      run.add(now, token.channel, token.text);
    }
    credit_.spend(run.text.size());
    listener_->on_tokens(std::move(run));
    if (credit_.may_continue())
      go_on();
  }

  void go_on() {
    if (next_ == script_.tokens.size())
      end();
    else if (paced())
      wait(options_.token_interval);
    else
      // Not a loop: others have a turn on this thread.
      post([](demo_call& self) { self.play(); });
  }

  void wait(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait(
        [self = shared_from_this()](const boost::system::error_code& ec) {
          if (!ec)
            self->guarded([](demo_call& call) { call.play(); });
        });
  }

  void end() {
    if (script_.failure)
      return fail(std::move(*script_.failure));
    auto listener = std::move(listener_);
    over();
    listener->on_finish(std::move(script_.finish));
  }

  void fail(upstream_failure failure) {
    auto listener = std::move(listener_);
    over();
    if (listener && !cancelled_)
      listener->on_failure(std::move(failure));
  }

  void over() {
    listener_.reset();
    timer_.cancel();
  }

  asio::io_context& context_;
  const demo_options options_;
  const upstream_request request_;
  std::shared_ptr<upstream_listener> listener_;
  asio::steady_timer timer_;
  std::atomic<bool> cancelled_{false};
  upstream_credit credit_;
  demo_script script_;
  std::size_t next_ = 0;
};

class demo_handle final : public upstream_call {
public:
  explicit demo_handle(std::shared_ptr<demo_call> call)
      : call_(std::move(call)) {}
  ~demo_handle() override { call_->cancel(); }

  void grant(std::size_t bytes) override { call_->grant(bytes); }
  void cancel() override { call_->cancel(); }

private:
  std::shared_ptr<demo_call> call_;
};

class demo_backend final : public llm_backend {
public:
  demo_backend(io_pool& pool, const demo_options& options)
      : pool_(pool),
        options_(options) {}

  std::unique_ptr<upstream_call> start(
      upstream_request request,
      std::shared_ptr<upstream_listener> listener) override {
    auto call = std::make_shared<demo_call>(
        pool_.next(), options_, std::move(request), std::move(listener));
    call->start();
    return std::make_unique<demo_handle>(std::move(call));
  }

private:
  io_pool& pool_;
  const demo_options options_;
};

} // namespace

std::shared_ptr<llm_backend>
make_demo_backend(io_pool& pool, demo_options options) {
  return std::make_shared<demo_backend>(pool, options);
}

} // namespace hansard
