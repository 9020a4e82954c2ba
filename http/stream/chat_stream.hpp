#pragma once

#include "actors/stream_sink.hpp"
#include "http/message/problem.hpp"
#include "http/server_limits.hpp"
#include "http/stream/sse_frame.hpp"
#include "http/wire/one_shot.hpp"
#include "http/wire/transport.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

struct http_app;

/// The answer to one chat request: takes the session's durable events from its
/// SSE writer and puts them on the client's socket.
///
///   SSE writer ─deliver─▶ arrived_ ─post─▶ queue_ ─frame─▶ out_ ─▶ socket
///        (any thread)                   (the connection's thread)
///
/// Batches stay shared and unframed until the socket can take more; then all
/// that has come is framed into one buffer and leaves as one write. So a slow
/// client costs what it has not read, and never more than the writer's
/// high-water mark and a batch.
class chat_stream final : public stream_sink,
                          public transport_listener,
                          public std::enable_shared_from_this<chat_stream> {
public:
  using clock = std::chrono::steady_clock;

  /// @param context of the connection; with `app` it must outlive the stream.
  /// @param began when the request's head was whole, where the time to the
  ///        first token is to be counted.
  chat_stream(
      boost::asio::io_context& context, http_app& app,
      std::shared_ptr<const server_limits> limits,
      std::optional<clock::time_point> began);
  ~chat_stream() override;

  // For the SSE writer; any thread.
  void attached(std::shared_ptr<sink_feedback> writer) override;
  void deliver(batch_ptr batch, stream_version after, bool live) override;
  void finish() override;
  void fail(error why) override;
  std::size_t backlog_bytes() const override { return backlog_; }

  // For the handler and the connection; the connection's thread.

  /// Waits until there is something to show, or `patience` is over.
  /// @returns what is to be answered instead of a stream: the turn failed
  ///          before its first token. The stream has then ended.
  boost::asio::awaitable<std::optional<problem>>
  first(std::chrono::milliseconds patience);

  /// Sends `head`, and from now on events.
  void begin(std::shared_ptr<transport> socket, std::string head, bool chunked);
  /// Returns once the stream has ended, whatever the reason.
  boost::asio::awaitable<void> ended() { return ended_.wait(); }
  /// It ended with [DONE], all of it written: the connection can go on.
  bool is_complete() const { return complete_; }
  /// Looks at the clock: pings, and drops a client that takes nothing.
  void tick(clock::time_point now);
  /// Drops what has not been sent, says why in-band, and ends it. A client
  /// that does not take that within a quarter of a second is dropped.
  void cut(error why);
  /// Ends it without [DONE] and closes the socket.
  void end(std::string reason);

private:
  struct delivery {
    batch_ptr batch;
    stream_version after;
    std::size_t estimate = 0;
    bool live = false;
  };

  void on_written(boost::system::error_code failed) override;
  void on_peer_gone() override;

  void wake();
  void take_arrived();
  bool has_something() const;
  std::optional<problem> early_failure();
  void send();
  bool frame();
  void start_write();
  void on_flushed();
  void add_backlog(std::size_t bytes);
  void close(std::string reason);
  stream_version last_sent() const;

  boost::asio::io_context& context_;
  http_app& app_;
  std::shared_ptr<const server_limits> limits_;
  std::optional<clock::time_point> began_;

  mutable std::mutex mutex_;
  // Under mutex_:
  std::vector<delivery> arrived_;
  std::shared_ptr<sink_feedback> writer_;
  std::optional<error> failure_;
  bool finished_ = false;
  bool wake_posted_ = false;
  bool closed_ = false;
  stream_version closed_at_;
  std::string closed_why_;

  std::atomic<std::size_t> backlog_{0};
  std::atomic<bool> was_over_{false};

  // The connection's thread alone:
  std::vector<delivery> queue_;
  std::size_t queue_at_ = 0;
  frame_cursor cursor_;
  std::string head_;
  std::string out_;
  std::size_t out_begin_ = 0;
  std::size_t out_counted_ = 0;
  std::shared_ptr<transport> socket_;
  std::unique_ptr<boost::asio::steady_timer> patience_;
  one_shot ended_;
  clock::time_point next_ping_;
  clock::time_point write_deadline_;
  std::size_t written_at_tick_ = 0;
  stream_version shown_;
  stream_version sent_;
  std::optional<timestamp> oldest_token_;
  /// What the writer said, as of take_arrived().
  bool no_more_ = false;
  std::optional<error> wrong_;
  bool ending_framed_ = false;
  bool chunked_ = false;
  bool writing_ = false;
  bool closing_ = false;
  bool complete_ = false;
  bool cut_ = false;
};

} // namespace hansard
