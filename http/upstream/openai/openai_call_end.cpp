#include "actors/log_event.hpp"
#include "http/text/wall_clock.hpp"
#include "http/upstream/openai/openai_call.hpp"
#include "http/upstream/upstream_errors.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

/// How a call ends: by its answer, by a failure, or by the clock.
namespace hansard {

using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds drain_time{1'000};

/// What a server quotes back must not bring the key to a reader: neither whole
/// nor, where the message was cut, its beginning.
void redact(std::string& message, std::string_view secret) {
  constexpr std::string_view instead = "[key]";
  constexpr std::string_view ellipsis = "\xE2\x80\xA6";
  if (secret.empty())
    return;
  for (auto at = message.find(secret); at != std::string::npos;
       at = message.find(secret, at + instead.size()))
    message.replace(at, secret.size(), instead);
  if (!message.ends_with(ellipsis))
    return;
  auto kept = std::string_view(message);
  kept.remove_suffix(ellipsis.size());
  for (auto size = std::min(secret.size(), kept.size()); size > 3; --size) {
    if (!kept.ends_with(secret.substr(0, size)))
      continue;
    message.resize(kept.size() - size);
    message.append(ellipsis);
    return;
  }
}

} // namespace

void openai_call::finish() {
  auto listener = std::move(listener_);
  auto finish = stream_.take_finish();
  if (!stream_.knows_finish_reason())
    log_event(
        log_level::warning, "unknown_finish_reason",
        {{"host", target_.origin.host},
         {"model", request_.model},
         {"reason", finish.finish_reason}});
  drain();
  listener->on_finish(std::move(finish));
}

void openai_call::fail(upstream_failure failure) {
  auto listener = std::move(listener_);
  close();
  redact(failure.message, secret_.view());
  failure.message = clip_message(failure.message);
  failure.usage = stream_.usage();
  if (listener && !cancelled_)
    listener->on_failure(std::move(failure));
}

void openai_call::fail(ec code, std::string message, bool retryable) {
  upstream_failure failure;
  failure.code = code;
  failure.message = std::move(message);
  failure.retryable = retryable && !stream_.began();
  fail(std::move(failure));
}

/// The answer is not 2xx, and as much of its body is read as will be.
void openai_call::refuse() {
  auto listener = std::move(listener_);
  auto failure = failure_of_status(head_, refusal_, wall_clock());
  redact(failure.message, secret_.view());
  drain();
  listener->on_failure(std::move(failure));
}

void openai_call::drain() {
  phase_ = phase::draining;
  if (response_->current() != upstream_response::state::reading)
    return recycle();
  set_deadline(clock::now() + drain_time);
  receive();
}

void openai_call::recycle() {
  if (sent_ && response_->reusable())
    shared_->connections->put(std::exchange(connection_, nullptr));
  close();
}

void openai_call::close() {
  phase_ = phase::over;
  if (connection_)
    connection_->close();
  connection_.reset();
  listener_.reset();
  timer_.cancel();
}

void openai_call::set_deadline(clock::time_point at) {
  deadline_ = at;
  if (at < armed_for_)
    arm();
}

void openai_call::arm() {
  armed_for_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec)
      self->guarded([&] { self->on_timer(); });
  });
}

void openai_call::on_timer() {
  armed_for_ = clock::time_point::max();
  if (deadline_ == clock::time_point::max())
    return;
  if (clock::now() < deadline_)
    arm();
  else
    on_timeout();
}

void openai_call::on_timeout() {
  auto within = [](std::uint32_t ms) {
    return " within " + std::to_string(ms) + " ms";
  };
  switch (phase_) {
  case phase::connecting:
    return fail(
        ec::upstream_timed_out,
        "no connection to " + target_.origin.host + " port "
            + target_.origin.port + within(agent().connect_timeout_ms),
        true);
  case phase::waiting:
    return fail(
        ec::upstream_timed_out,
        "the model server sent no token"
            + within(agent().first_token_timeout_ms),
        true);
  case phase::streaming:
    if (stream_.has_finish_reason())
      return response_over(false);
    return fail(
        ec::upstream_timed_out,
        "the model server fell silent: nothing came"
            + within(agent().idle_timeout_ms),
        false);
  case phase::refused:
    return refuse();
  case phase::draining:
  case phase::over:
    return close();
  }
}

} // namespace hansard
