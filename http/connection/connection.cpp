#include "http/connection/connection.hpp"

#include "actors/log_event.hpp"
#include "http/app/http_app.hpp"
#include "http/connection/admission.hpp"
#include "http/connection/answer.hpp"
#include "http/message/origin_check.hpp"
#include "http/message/request_ids.hpp"
#include "http/message/router.hpp"
#include "http/routes/tables.hpp"
#include "http/stream/chat_stream.hpp"
#include "http/text/mended_json.hpp"
#include "http/text/text.hpp"
#include "http/wire/request_reader.hpp"
#include "http/wire/response_writer.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace hansard {

namespace asio = boost::asio;

namespace {

problem too_slow() {
  return http_problem(
      http_code::request_timeout, "The request did not arrive in time.");
}

} // namespace

/// Counts a body against the budget of all bodies while it is in memory.
class connection::body_budget {
public:
  body_budget(http_app& app, const server_limits& limits)
      : app_(app),
        most_(limits.max_bodies_bytes) {}
  body_budget(const body_budget&) = delete;
  body_budget& operator=(const body_budget&) = delete;
  ~body_budget() { app_.bodies_bytes -= counted_; }

  bool grow_to(std::size_t bytes) {
    if (bytes <= counted_)
      return true;
    auto more = bytes - counted_;
    counted_ = bytes;
    return app_.bodies_bytes.fetch_add(more) + more <= most_;
  }

private:
  http_app& app_;
  const std::size_t most_;
  std::size_t counted_ = 0;
};

connection::connection(
    std::shared_ptr<http_app> app, std::shared_ptr<connection_group> group,
    std::shared_ptr<transport> socket, boost::asio::ip::address peer)
    : shared_app_(std::move(app)),
      app_(*shared_app_),
      limits_(app_.rules()->limits),
      group_(std::move(group)),
      socket_(std::move(socket)),
      peer_(std::move(peer)) {
  group_->add(*this);
  app_.metrics.connection_opened();
}

connection::~connection() {
  socket_->close();
  // Here, while the list it leaves is sure to be there.
  unlink();
  app_.metrics.connection_closed();
  app_.connection_ended();
}

void connection::enter(phase p, std::chrono::milliseconds limit) {
  phase_ = p;
  deadline_ = clock::now() + limit;
}

void connection::enter(phase p) {
  phase_ = p;
  deadline_ = clock::time_point::max();
}

void connection::tick(clock::time_point now) {
  if (stream_)
    cut_if_ended();
  if (stream_)
    stream_->tick(now);
  if (now < deadline_)
    return;
  expired_ = true;
  deadline_ = clock::time_point::max();
  // Who is asked to say what it wants gets a word; who does not take what it
  // asked for can't be told anything.
  if (phase_ == phase::writing)
    socket_->close();
  else
    socket_->cancel();
}

void connection::cut_if_ended() {
  if (auto why = watch_.find_end(app_.actors.access(), wall_clock()))
    stream_->cut(std::move(*why));
}

void connection::shut_down(bool now) {
  ending_ = true;
  if (now && stream_)
    stream_->end("shutdown");
  if (now)
    socket_->close();
  else if (phase_ == phase::idle)
    socket_->cancel();
}

asio::awaitable<void> connection::run() {
  enter(phase::reading, limits_->tls_handshake_timeout);
  auto failed = co_await socket_->handshake();
  if (failed)
    co_return;
  while (co_await serve_one()) {
    // A client with a full pipeline takes turns with the others.
    co_await asio::post(group_->context(), asio::use_awaitable);
    if (in_.empty())
      std::string().swap(in_);
  }
  co_await linger();
}

asio::awaitable<bool> connection::await_request() {
  limits_ = app_.rules()->limits;
  enter(phase::idle, limits_->idle_timeout);
  if ((ending_ || app_.draining) && !socket_->has_input())
    co_return false;
  auto failed = co_await socket_->read_more(in_);
  // Whoever asked before the end of the wait is answered, not cut off.
  if (failed == asio::error::operation_aborted && socket_->has_input()) {
    expired_ = false;
    failed = co_await socket_->read_more(in_);
  }
  co_return !failed;
}

asio::awaitable<bool> connection::read_head(request_reader& reader) {
  enter(phase::reading, limits_->header_timeout);
  while (reader.advance(in_) == request_reader::state::head) {
    auto failed = co_await socket_->read_more(in_);
    if (failed)
      co_return expired_;
  }
  co_return true;
}

asio::awaitable<bool> connection::serve_one() {
  expired_ = false;
  if (in_.empty() && !co_await await_request())
    co_return false;
  auto rules = app_.rules();
  limits_ = rules->limits;
  auto reader = std::make_unique<request_reader>(
      limits_->max_header_bytes, limits_->max_body_bytes);
  if (!co_await read_head(*reader))
    co_return false;
  auto x =
      std::make_unique<exchange>(app_, group_->context(), std::move(rules));
  x->head = reader->head();
  x->request_id = is_header_safe(x->head.request_id, 128) ? x->head.request_id
                                                          : new_request_id();
  x->trace = begin_trace(x->head.traceparent);
  x->trace_is_callers = read_traceparent(x->head.traceparent).has_value();
  auto r = co_await answer(*reader, *x);
  if (!r)
    co_return false;
  answered what;
  what.framing = {
      x->head.version >= 11 ? 11u : 10u,
      x->head.keep_alive && !unread_ && !ending_ && !app_.draining,
      x->head.method == "HEAD",
      std::chrono::duration_cast<std::chrono::seconds>(limits_->hsts_max_age)};
  what.method = std::move(x->head.method);
  what.route = x->route;
  what.request_id = std::move(x->request_id);
  what.who = std::move(x->who);
  what.revocations = x->revocations;
  what.chats_with = std::move(x->chats_with);
  what.session = std::move(x->session);
  for (auto& header : cors_headers(x->head, x->rules->callers->cors_origins()))
    r->headers.push_back(std::move(header));
  what.trace = x->trace;
  what.began = x->began;
  x.reset();
  reader.reset();
  co_return co_await send(std::move(*r), what);
}

asio::awaitable<std::optional<response>>
connection::answer(request_reader& reader, exchange& x) {
  using state = request_reader::state;
  // Whatever is refused before its body was read leaves the rest unread.
  unread_ = reader.current() != state::done;
  if (expired_)
    co_return refuse(x, too_slow());
  if (reader.current() == state::refused)
    co_return refuse(x, reader.why());
  auto match = find_route(x.head.method, x.head.target);
  if (auto early = co_await admit(x, match, peer_))
    co_return early;
  body_budget budget{app_, *limits_};
  if (reader.current() == state::body) {
    auto read = co_await read_body(reader, budget);
    if (!read)
      co_return std::nullopt;
    if (read->status != 0)
      co_return refuse(x, *read);
    unread_ = false;
    x.body = reader.take_body();
    mend_json(x.body);
  }
  enter(phase::working);
  auto handle = handler_of(*match->route);
  std::string fault;
  try {
    co_return co_await handle(x);
  } catch (const std::exception& e) {
    fault = e.what();
  }
  log_event(
      log_level::error, "handler_failed",
      {{"request_id", x.request_id},
       {"trace", x.trace.trace_text()},
       {"route", x.route},
       {"reason", fault}});
  co_return refuse(
      x, make_error(ec::internal, "The server failed at this request."));
}

asio::awaitable<std::optional<problem>>
connection::read_body(request_reader& reader, body_budget& budget) {
  using state = request_reader::state;
  bool asked = !reader.head().expects_continue;
  enter(phase::reading, limits_->body_timeout);
  while (true) {
    auto at = reader.advance(in_);
    if (at == state::refused)
      co_return reader.why();
    if (at == state::done)
      co_return problem{0, {}, {}, {}};
    if (!budget.grow_to(reader.body_size() + in_.size()))
      co_return to_problem(make_error(
          ec::overloaded, "Too many large requests at once. Try again."));
    if (!std::exchange(asked, true) && reader.body_size() == 0) {
      auto failed = co_await socket_->write("HTTP/1.1 100 Continue\r\n\r\n");
      if (failed)
        co_return std::nullopt;
    }
    auto failed = co_await socket_->read_more(in_);
    if (failed && !expired_)
      co_return std::nullopt;
    if (failed)
      co_return too_slow();
  }
}

} // namespace hansard
