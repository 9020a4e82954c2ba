#include "actors/log_event.hpp"
#include "http/app/access_log.hpp"
#include "http/app/http_app.hpp"
#include "http/connection/answer.hpp"
#include "http/stream/chat_stream.hpp"
#include "http/text/text.hpp"
#include "http/wire/response_writer.hpp"

#include <utility>

/// How a connection's answers leave it.
namespace hansard {

namespace asio = boost::asio;

namespace {

/// Of an answer that is sent under one deadline.
constexpr std::size_t write_slice_bytes = 64 * 1024;

} // namespace

asio::awaitable<bool> connection::send(response r, const answered& what) {
  auto framing = what.framing;
  bool sent = false;
  if (r.stream || r.source) {
    watch_.begin(what.who, what.revocations, what.chats_with);
  }
  if (r.stream)
    sent = co_await send_stream(r, what);
  else if (r.source && !framing.head_only)
    sent = co_await send_pieces(r, what);
  else
    sent = co_await write(to_bytes(r, what.request_id, framing));
  watch_.end();
  std::chrono::duration<double> took = clock::now() - what.began;
  app_.metrics.request_ended(what.method, what.route, r.status, took.count());
  log_request(
      {what.method, what.route, r.status, took.count() * 1000, what.request_id,
       what.who.user, what.session, what.trace.trace_text(),
       what.trace.span_text()});
  bool delimited = framing.version >= 11 || (!r.stream && !r.source);
  co_return sent&& framing.keep_alive&& delimited;
}

asio::awaitable<bool> connection::write(std::string bytes) {
  std::string_view left = bytes;
  bool taken = true;
  // The deadline is for each slice: a slow client is not a dead one.
  while (taken && !left.empty()) {
    auto slice = left.substr(0, write_slice_bytes);
    enter(phase::writing, limits_->write_timeout);
    auto failed = co_await socket_->write(slice);
    taken = !failed;
    left.remove_prefix(slice.size());
  }
  co_return taken;
}

asio::awaitable<bool>
connection::send_stream(response& r, const answered& what) {
  enter(phase::streaming);
  auto framing = what.framing;
  bool chunked = framing.version >= 11;
  framing.keep_alive = framing.keep_alive && chunked;
  stream_ = std::move(r.stream);
  // What was revoked while the answer was waited for.
  cut_if_ended();
  if (in_.empty())
    std::string().swap(in_);
  stream_->begin(socket_, to_stream_head(r, what.request_id, framing), chunked);
  r.headers = {};
  co_await stream_->ended();
  bool complete = stream_->is_complete();
  stream_.reset();
  co_await socket_->stop_watch(in_);
  co_return complete;
}

asio::awaitable<bool>
connection::send_pieces(response& r, const answered& what) {
  auto framing = what.framing;
  bool chunked = framing.version >= 11;
  framing.keep_alive = framing.keep_alive && chunked;
  auto out = to_stream_head(r, what.request_id, framing);
  while (true) {
    auto at = out.size();
    out.append(chunked ? chunk_room : 0, ' ');
    auto begin = out.size();
    enter(phase::working);
    auto made = co_await r.source->next(out);
    if (auto why = watch_.find_end(app_.actors.access(), wall_clock());
        made && why)
      made = std::move(*why);
    if (!made) {
      // Too late for a status: the missing last chunk says that it is not
      // whole.
      log_event(
          log_level::warning, "answer_broken_off",
          {{"request_id", what.request_id},
           {"trace", what.trace.trace_text()},
           {"reason", made.error().message}});
      socket_->close();
      co_return false;
    }
    bool last = out.size() == begin;
    if (last)
      out.resize(at);
    else if (chunked)
      out.erase(at, close_chunk(out, at) - at);
    if (last && chunked)
      out += last_chunk;
    if (!co_await write(std::move(out)))
      co_return false;
    if (last)
      co_return true;
    out = {};
  }
}

asio::awaitable<void> connection::linger() {
  // Closing a socket with unread input resets the connection, and the reset
  // can overtake the answer: so what still comes is read and dropped.
  bool drop = unread_ || !in_.empty();
  enter(phase::writing, limits_->linger_timeout);
  co_await socket_->finish_sending();
  while (drop) {
    in_.clear();
    auto failed = co_await socket_->read_more(in_);
    drop = !failed;
  }
}

} // namespace hansard
