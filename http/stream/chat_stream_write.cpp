#include "http/app/http_app.hpp"
#include "http/stream/chat_stream.hpp"
#include "http/text/text.hpp"
#include "http/wire/response_writer.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

/// How a stream's events become bytes on its socket.
namespace hansard {

namespace {

/// About the most that one write holds.
constexpr std::size_t max_write_bytes = 64 * 1024;
/// A buffer that grew larger is given back once it is empty.
constexpr std::size_t kept_buffer_bytes = 512;
/// For a client who was shut out to take the word that says so.
constexpr std::chrono::milliseconds cut_patience{250};

} // namespace

void chat_stream::begin(
    std::shared_ptr<transport> socket, std::string head, bool chunked) {
  if (closing_) {
    socket->close();
    return;
  }
  socket_ = std::move(socket);
  head_ = std::move(head);
  chunked_ = chunked;
  next_ping_ = clock::now() + limits_->ping_interval;
  socket_->start_watch(shared_from_this());
  send();
}

void chat_stream::send() {
  while (!writing_ && !closing_ && frame())
    start_write();
}

bool chat_stream::frame() {
  auto room = chunked_ ? chunk_room : 0;
  out_.assign(room, ' ');
  if (!head_.empty())
    out_ += sse_retry;
  while (queue_at_ < queue_.size() && out_.size() < max_write_bytes) {
    auto& d = queue_[queue_at_];
    auto done = append_events(
        out_, *d.batch, cursor_, d.after,
        d.live ? token_framing::one_each : token_framing::coalesced,
        max_write_bytes);
    if (done.last_shown.value > 0)
      shown_ = done.last_shown;
    if (d.live && !oldest_token_)
      oldest_token_ = done.first_token_at;
    if (!done.whole)
      break;
    backlog_ -= d.estimate;
    d.batch.reset();
    cursor_ = {};
    ++queue_at_;
  }
  if (queue_at_ == queue_.size()) {
    queue_.clear();
    queue_at_ = 0;
    if (no_more_ && !ending_framed_) {
      if (wrong_)
        append_error(out_, *wrong_);
      out_ += sse_done;
      ending_framed_ = true;
    }
  }
  if (out_.size() == room)
    return false;
  out_begin_ = chunked_ ? close_chunk(out_, 0) : 0;
  if (chunked_ && ending_framed_)
    out_ += last_chunk;
  if (!head_.empty()) {
    out_.replace(0, out_begin_, head_);
    out_begin_ = 0;
    std::string().swap(head_);
  }
  return true;
}

void chat_stream::start_write() {
  out_counted_ = out_.size() - out_begin_;
  add_backlog(out_counted_);
  auto state = socket_->start_write(
      {out_.data() + out_begin_, out_counted_}, shared_from_this());
  if (state == transport::write_state::done) {
    on_flushed();
  } else if (state == transport::write_state::failed) {
    close("gone");
  } else {
    writing_ = true;
    written_at_tick_ = 0;
    write_deadline_ =
        clock::now() + (cut_ ? cut_patience : limits_->write_timeout);
  }
}

void chat_stream::on_written(boost::system::error_code failed) {
  if (closing_)
    return;
  writing_ = false;
  if (failed) {
    close("gone");
    return;
  }
  on_flushed();
  send();
}

void chat_stream::on_flushed() {
  sent_ = shown_;
  if (out_.capacity() > kept_buffer_bytes)
    std::string().swap(out_);
  if (oldest_token_) {
    std::chrono::duration<double> added =
        std::chrono::system_clock::now() - *oldest_token_;
    app_.metrics.token_sent(added.count());
    oldest_token_.reset();
    if (began_) {
      std::chrono::duration<double> waited = clock::now() - *began_;
      app_.metrics.first_token(waited.count());
      began_.reset();
    }
  }
  bool empty = backlog_.fetch_sub(out_counted_) == out_counted_;
  if (ending_framed_) {
    complete_ = true;
    close("finished");
  } else if (empty && was_over_) {
    std::shared_ptr<sink_feedback> writer;
    {
      // Under the lock, so that a deliver() that puts it over again is not
      // forgotten.
      std::lock_guard lock{mutex_};
      if (backlog_ == 0 && was_over_.exchange(false))
        writer = writer_;
    }
    if (writer)
      writer->drained();
  }
}

void chat_stream::on_peer_gone() { close("gone"); }

void chat_stream::tick(clock::time_point now) {
  if (!socket_ || closing_)
    return;
  if (writing_) {
    auto written = socket_->written();
    if (std::exchange(written_at_tick_, written) != written && !cut_)
      write_deadline_ = now + limits_->write_timeout;
    else if (now >= write_deadline_)
      close("too_slow");
    return;
  }
  if (now < next_ping_)
    return;
  next_ping_ = now + limits_->ping_interval;
  out_.assign(chunked_ ? chunk_room : 0, ' ');
  out_ += sse_ping;
  out_begin_ = chunked_ ? close_chunk(out_, 0) : 0;
  start_write();
}

void chat_stream::cut(error why) {
  if (closing_ || std::exchange(cut_, true))
    return;
  std::size_t dropped = 0;
  {
    std::lock_guard lock{mutex_};
    closed_ = true;
    closed_at_ = last_sent();
    closed_why_ = "revoked";
    finished_ = true;
    failure_ = why;
    for (const auto& d : arrived_)
      dropped += d.estimate;
    arrived_ = {};
  }
  for (auto i = queue_at_; i < queue_.size(); ++i)
    dropped += queue_[i].estimate;
  queue_ = {};
  queue_at_ = 0;
  cursor_ = {};
  backlog_ -= dropped;
  no_more_ = true;
  wrong_ = std::move(why);
  write_deadline_ = clock::now() + cut_patience;
  if (socket_)
    send();
}

void chat_stream::end(std::string reason) { close(std::move(reason)); }

stream_version chat_stream::last_sent() const {
  if (!writing_ || !socket_)
    return sent_;
  auto handed = std::string_view(out_).substr(out_begin_, socket_->written());
  return std::max(sent_, last_whole_id(handed));
}

void chat_stream::close(std::string reason) {
  if (std::exchange(closing_, true))
    return;
  auto last = last_sent();
  // Whatever became of the last word: that is why it ended.
  if (cut_)
    reason = "revoked";
  std::shared_ptr<sink_feedback> writer;
  {
    std::lock_guard lock{mutex_};
    closed_ = true;
    closed_at_ = last;
    closed_why_ = reason;
    writer = std::move(writer_);
    arrived_ = {};
  }
  queue_ = {};
  if (socket_ && !complete_)
    socket_->close();
  socket_.reset();
  if (patience_)
    patience_->cancel();
  --app_.streams;
  app_.metrics.stream_closed();
  if (writer)
    writer->closed(last, std::move(reason));
  ended_.set();
}

} // namespace hansard
