#include "http/upstream/openai/openai_call.hpp"

#include "http/message/request_ids.hpp"
#include "http/text/wall_clock.hpp"
#include "http/upstream/openai/openai_request.hpp"
#include "http/upstream/upstream_errors.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace hansard {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t max_refusal_bytes = 64 * 1024;
constexpr std::size_t max_drain_bytes = 256 * 1024;

/// Why a 2xx answer can't be a completion; empty: it can. Goes by what came:
/// servers and proxies get the content type wrong.
std::string_view
unusable(const upstream_head& head, const openai_stream& body) {
  if (!head.content_encoding.empty() && head.content_encoding != "identity")
    return "the model server compresses its answer, though not asked to";
  if (body.is_markup())
    return "the model server answered with an HTML page: is the agent's "
           "base_url right?";
  return {};
}

} // namespace

openai_call::openai_call(
    std::shared_ptr<openai_shared> shared, asio::io_context& context,
    upstream_request request, upstream_target target,
    std::shared_ptr<upstream_connection> connection,
    std::shared_ptr<upstream_listener> listener)
    : shared_(std::move(shared)),
      context_(context),
      request_(std::move(request)),
      target_(std::move(target)),
      connection_(std::move(connection)),
      listener_(std::move(listener)),
      timer_(context) {}

void openai_call::start() {
  asio::post(context_, [self = shared_from_this()] {
    self->guarded([&] { self->begin(); });
  });
}

void openai_call::grant(std::size_t bytes) {
  if (!credit_.grant(bytes))
    return;
  asio::post(context_, [self = shared_from_this()] {
    self->guarded([&] {
      if (!self->paused_)
        return;
      self->paused_ = false;
      self->wait_for_more();
    });
  });
}

void openai_call::cancel() {
  if (cancelled_.exchange(true))
    return;
  asio::post(context_, [self = shared_from_this()] {
    // A finished call is only being drained: let the connection live.
    if (self->phase_ != phase::draining)
      self->close();
  });
}

bool openai_call::is_current(const upstream_connection& from) const {
  return &from == connection_.get();
}

void openai_call::begin() {
  auto key = key_of(request_);
  if (!key)
    return fail(ec::upstream_failed, key.error().message, false);
  secret_ = *key;
  request_.key.reset();
  if (request_.trace)
    request_.trace = next_span(*request_.trace);
  auto wire = make_openai_request(request_, target_, secret_.view());
  if (!wire)
    return fail(ec::upstream_failed, wire.error().message, false);
  wire_ = std::move(*wire);
  request_.messages = {};
  if (!connection_)
    return connect();
  reused_ = true;
  send();
}

openai_call::~openai_call() { forget_wire(); }

void openai_call::forget_wire() {
  // The key is in it.
  OPENSSL_cleanse(wire_.data(), wire_.size());
  wire_ = std::string();
}

void openai_call::connect() {
  reused_ = false;
  receiving_ = false;
  if (connection_)
    connection_->close();
  phase_ = phase::connecting;
  asio::ssl::context* tls = nullptr;
  if (target_.origin.tls) {
    auto ready = shared_->tls.context();
    if (!ready)
      return fail(ec::upstream_unavailable, ready.error().message, false);
    tls = *ready;
  }
  connection_ = upstream_connection::make(context_, target_.origin, tls);
  set_deadline(
      clock::now() + std::chrono::milliseconds(agent().connect_timeout_ms));
  connection_->connect(shared_from_this());
}

void openai_call::on_connected(
    upstream_connection& from, const std::string& problem, bool hopeless) {
  guarded([&] {
    if (!is_current(from))
      return;
    if (problem.empty())
      send();
    else
      fail(ec::upstream_unavailable, problem, !hopeless);
  });
}

void openai_call::send() {
  phase_ = phase::waiting;
  sent_ = false;
  heard_ = false;
  response_.emplace(static_cast<upstream_response_sink&>(*this));
  set_deadline(
      clock::now() + std::chrono::milliseconds(agent().first_token_timeout_ms));
  connection_->send(wire_, shared_from_this());
  // A server that refuses may answer before it has read everything.
  receive();
}

void openai_call::receive() {
  if (!std::exchange(receiving_, true))
    connection_->receive(shared_from_this());
}

/// A write that failed is told by the read: with the answer that may have come
/// before, or with the end of the connection.
void openai_call::on_sent(upstream_connection& from, error_code ec) {
  guarded([&] {
    if (!is_current(from))
      return;
    sent_ = !ec;
    if (sent_ && heard_)
      forget_wire();
  });
}

void openai_call::on_received(
    upstream_connection& from, error_code ec, std::string_view bytes) {
  guarded([&] {
    if (!is_current(from))
      return;
    receiving_ = false;
    if (ec)
      return connection_lost(ec);
    if (!heard_) {
      heard_ = true;
      if (sent_)
        forget_wire();
    }
    read_on(bytes);
  });
}

void openai_call::on_head(const upstream_head& head) {
  head_ = head;
  if (phase_ == phase::waiting && (head.status < 200 || head.status > 299))
    phase_ = phase::refused;
}

void openai_call::on_body(std::string_view bytes) {
  if (phase_ == phase::refused)
    refusal_.append(bytes.substr(0, max_refusal_bytes - refusal_.size()));
  else if (phase_ != phase::draining)
    stream_.feed(bytes, now_, run_);
}

void openai_call::read_on(std::string_view bytes) {
  now_ = wall_clock();
  const auto state = response_->feed(bytes);
  if (phase_ == phase::draining) {
    drained_ += bytes.size();
    if (state == upstream_response::state::reading
        && drained_ < max_drain_bytes)
      return receive();
    return recycle();
  }
  hand_over(std::move(run_));
  if (cancelled_)
    return close();
  if (state == upstream_response::state::bad && !stream_.ended()) {
    if (stream_.has_finish_reason())
      return response_over(false);
    return fail(
        ec::upstream_failed,
        "the model server's answer is not HTTP: " + response_->problem(),
        false);
  }
  if (phase_ == phase::refused) {
    if (state == upstream_response::state::done
        || refusal_.size() == max_refusal_bytes)
      return refuse();
  } else if (auto problem = unusable(head_, stream_); !problem.empty()) {
    return fail(ec::upstream_failed, std::string(problem), false);
  } else if (stream_.failure()) {
    return fail(*stream_.failure());
  } else if (stream_.ended()) {
    return finish();
  } else if (state == upstream_response::state::done) {
    return response_over(true);
  }
  wait_for_more();
}

/// The body came to its end, or broke off.
void openai_call::response_over(bool whole) {
  if (phase_ == phase::refused)
    return refuse();
  now_ = wall_clock();
  stream_.end(whole, now_, run_);
  hand_over(std::move(run_));
  if (cancelled_)
    return close();
  if (stream_.failure())
    return fail(*stream_.failure());
  finish();
}

void openai_call::connection_lost(error_code ec) {
  if (phase_ == phase::draining)
    return close();
  if (!heard_ && reused_)
    // It was closed while it waited for us: RFC 9112 §9.3.1.
    return connect();
  if (!heard_)
    return fail(
        ec::upstream_unavailable,
        "the model server closed the connection without an answer: "
            + ec.message(),
        true);
  const auto state = response_->end();
  const bool whole =
      ec == asio::error::eof && state == upstream_response::state::done;
  if (!response_->head_done())
    return fail(
        ec::upstream_failed,
        "the model server closed the connection in the middle of its answer's "
        "head",
        true);
  response_over(whole);
}

void openai_call::hand_over(token_run run) {
  if (run.empty() || cancelled_)
    return;
  credit_.spend(run.text.size());
  listener_->on_tokens(std::move(run));
  run_ = token_run();
}

/// Reads on, if there is credit, under the deadline of the phase.
void openai_call::wait_for_more() {
  if (phase_ == phase::waiting
      && (stream_.began() || stream_.has_finish_reason()))
    phase_ = phase::streaming;
  if (phase_ == phase::streaming) {
    if (!credit_.may_continue()) {
      paused_ = true;
      // The silence is ours.
      deadline_ = clock::time_point::max();
      return;
    }
    const std::chrono::milliseconds idle(agent().idle_timeout_ms);
    set_deadline(
        clock::now()
        + (stream_.has_finish_reason()
               ? std::min(idle, shared_->options.finish_grace)
               : idle));
  }
  receive();
}

} // namespace hansard
