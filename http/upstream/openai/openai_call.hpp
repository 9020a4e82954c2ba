#pragma once

#include "http/client/tls_trust.hpp"
#include "http/upstream/openai/openai_backend.hpp"
#include "http/upstream/openai/openai_stream.hpp"
#include "http/upstream/upstream_connection.hpp"
#include "http/upstream/upstream_credit.hpp"
#include "http/upstream/upstream_pool.hpp"
#include "http/upstream/upstream_response.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace hansard {

/// What the calls of one backend share.
struct openai_shared {
  openai_shared(io_pool& pool, openai_backend_options options);

  openai_backend_options options;
  std::shared_ptr<upstream_pool> connections;
  upstream_tls tls;
};

/// One attempt at one model. Runs on the thread of its connection:
///
///   connecting ─▶ waiting ─▶ streaming ─▶ draining ─▶ over
///                    └─▶ refused (not 2xx: reads the error) ─▶ over
///
/// The listener has its last call on the way into draining or over. Draining
/// reads what is left of the response, so that the connection can be used
/// again.
class openai_call final : public upstream_user,
                          public std::enable_shared_from_this<openai_call>,
                          private upstream_response_sink {
public:
  /// @param connection From the pool; null: a fresh one is made.
  openai_call(
      std::shared_ptr<openai_shared> shared, boost::asio::io_context& context,
      upstream_request request, upstream_target target,
      std::shared_ptr<upstream_connection> connection,
      std::shared_ptr<upstream_listener> listener);

  ~openai_call() override;

  /// Any thread, once.
  void start();
  /// Any thread.
  void grant(std::size_t bytes);
  /// Any thread.
  void cancel();

private:
  using clock = std::chrono::steady_clock;
  enum class phase { connecting, waiting, streaming, refused, draining, over };

  void on_connected(
      upstream_connection& from, const std::string& problem,
      bool hopeless) override;
  void
  on_sent(upstream_connection& from, boost::system::error_code ec) override;
  void on_received(
      upstream_connection& from, boost::system::error_code ec,
      std::string_view bytes) override;
  void on_head(const upstream_head& head) override;
  void on_body(std::string_view bytes) override;

  template <class Function>
  void guarded(Function&& function);
  bool is_current(const upstream_connection& from) const;
  void begin();
  void connect();
  void send();
  void receive();
  void read_on(std::string_view bytes);
  void response_over(bool whole);
  void connection_lost(boost::system::error_code ec);
  void hand_over(token_run run);
  void wait_for_more();
  void finish();
  void fail(upstream_failure failure);
  void fail(ec code, std::string message, bool retryable);
  void refuse();
  void drain();
  void recycle();
  void close();
  void forget_wire();
  void set_deadline(clock::time_point at);
  void arm();
  void on_timer();
  void on_timeout();
  const agent_spec& agent() const { return *request_.agent; }

  const std::shared_ptr<openai_shared> shared_;
  boost::asio::io_context& context_;
  upstream_request request_;
  upstream_target target_;
  std::shared_ptr<upstream_connection> connection_;
  std::shared_ptr<upstream_listener> listener_;

  phase phase_ = phase::connecting;
  std::atomic<bool> cancelled_{false};
  upstream_credit credit_;
  secret_text secret_;
  /// The request, until it is sent and an answer has begun.
  std::string wire_;
  bool reused_ = false;
  bool sent_ = false;
  bool heard_ = false;
  bool receiving_ = false;
  bool paused_ = false;
  std::size_t drained_ = 0;

  std::optional<upstream_response> response_;
  upstream_head head_;
  std::string refusal_;
  openai_stream stream_;
  token_run run_;
  timestamp now_;

  boost::asio::steady_timer timer_;
  clock::time_point deadline_ = clock::time_point::max();
  /// When the timer will fire; later than the deadline never, earlier often: a
  /// read moves only the deadline.
  clock::time_point armed_for_ = clock::time_point::max();
};

/// Runs one step of the call. What it throws, memory running out above all,
/// ends the call and nothing else.
template <class Function>
void openai_call::guarded(Function&& function) {
  try {
    if (cancelled_ && phase_ != phase::draining)
      close();
    else if (phase_ != phase::over)
      function();
  } catch (const std::exception&) {
    run_ = token_run();
    fail(ec::internal, "a fault inside the server ended the call", false);
  }
}

} // namespace hansard
