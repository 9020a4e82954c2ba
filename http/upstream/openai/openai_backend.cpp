#include "http/upstream/openai/openai_backend.hpp"

#include "http/client/upstream_origin.hpp"
#include "http/upstream/openai/openai_call.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <utility>

namespace hansard {

namespace {

/// Only what a call needs to be given up; the call itself may have to live on
/// to drain its connection.
class openai_handle final : public upstream_call {
public:
  explicit openai_handle(std::shared_ptr<openai_call> call)
      : call_(std::move(call)) {}
  ~openai_handle() override { call_->cancel(); }

  void grant(std::size_t bytes) override { call_->grant(bytes); }
  void cancel() override { call_->cancel(); }

private:
  std::shared_ptr<openai_call> call_;
};

/// A call that failed before it began.
class failed_handle final : public upstream_call {
public:
  void grant(std::size_t) override {}
  void cancel() override { *cancelled_ = true; }
  ~failed_handle() override { *cancelled_ = true; }

  std::shared_ptr<std::atomic<bool>> cancelled_ =
      std::make_shared<std::atomic<bool>>(false);
};

class openai_backend final : public llm_backend {
public:
  openai_backend(io_pool& pool, openai_backend_options options)
      : pool_(pool),
        shared_(std::make_shared<openai_shared>(pool, std::move(options))) {}

  ~openai_backend() override { shared_->connections->close(); }

  std::unique_ptr<upstream_call> start(
      upstream_request request,
      std::shared_ptr<upstream_listener> listener) override {
    auto target = chat_completions_target(request.agent->base_url);
    if (!target)
      return fail(target.error(), std::move(listener));
    if (target->origin.tls)
      shared_->tls.prepare();
    auto connection = shared_->connections->take(target->origin);
    auto& context = connection ? connection->context() : pool_.next();
    auto call = std::make_shared<openai_call>(
        shared_, context, std::move(request), std::move(*target),
        std::move(connection), std::move(listener));
    call->start();
    return std::make_unique<openai_handle>(std::move(call));
  }

private:
  std::unique_ptr<upstream_call>
  fail(const error& why, std::shared_ptr<upstream_listener> listener) {
    auto handle = std::make_unique<failed_handle>();
    boost::asio::post(
        pool_.next(), [message = why.message, listener = std::move(listener),
                       cancelled = handle->cancelled_] {
          upstream_failure failure;
          failure.message = message;
          if (!*cancelled)
            listener->on_failure(std::move(failure));
        });
    return handle;
  }

  io_pool& pool_;
  std::shared_ptr<openai_shared> shared_;
};

} // namespace

openai_shared::openai_shared(io_pool& pool, openai_backend_options settings)
    : options(std::move(settings)),
      connections(std::make_shared<upstream_pool>(
          pool.at(0), options.max_idle_per_origin, options.max_idle_time)),
      tls(options.ca_file) {}

std::shared_ptr<llm_backend>
make_openai_backend(io_pool& pool, openai_backend_options options) {
  return std::make_shared<openai_backend>(pool, std::move(options));
}

} // namespace hansard
