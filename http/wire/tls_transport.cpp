#include "http/wire/one_shot.hpp"
#include "http/wire/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <optional>

namespace hansard {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class tls_transport final : public transport {
public:
  tls_transport(tcp::socket socket, asio::ssl::context& context)
      : stream_(std::move(socket), context) {}

  asio::awaitable<error_code> handshake() override {
    error_code failed;
    co_await stream_.async_handshake(
        asio::ssl::stream_base::server,
        asio::redirect_error(asio::use_awaitable, failed));
    co_return failed;
  }

  asio::awaitable<error_code> read_more(std::string& in) override {
    error_code failed;
    auto bytes = co_await stream_.async_read_some(
        asio::buffer(buffer_),
        asio::redirect_error(asio::use_awaitable, failed));
    if (!failed)
      in.append(buffer_.data(), bytes);
    co_return failed;
  }

  bool has_input() override {
    error_code failed;
    return SSL_has_pending(stream_.native_handle()) != 0
           || (stream_.next_layer().available(failed) > 0 && !failed);
  }

  asio::awaitable<error_code> write(std::string_view bytes) override {
    error_code failed;
    co_await asio::async_write(
        stream_, asio::buffer(bytes.data(), bytes.size()),
        asio::redirect_error(asio::use_awaitable, failed));
    co_return failed;
  }

  asio::awaitable<void> finish_sending() override {
    error_code failed;
    co_await stream_.async_shutdown(
        asio::redirect_error(asio::use_awaitable, failed));
    stream_.next_layer().shutdown(tcp::socket::shutdown_send, failed);
  }

  write_state start_write(
      std::string_view bytes,
      std::shared_ptr<transport_listener> listener) override {
    asio::async_write(
        stream_, asio::buffer(bytes.data(), bytes.size()),
        [self = shared_from_this(), listener = std::move(listener)](
            error_code failed, std::size_t) { listener->on_written(failed); });
    return write_state::pending;
  }

  std::size_t written() const override { return 0; }

  void start_watch(std::shared_ptr<transport_listener> listener) override {
    watching_ = true;
    watch(std::move(listener));
  }

  asio::awaitable<void> stop_watch(std::string& in) override {
    watching_ = false;
    if (read_pending_) {
      watch_ended_.emplace(context());
      cancel();
      co_await watch_ended_->wait();
      watch_ended_.reset();
    }
    in += watched_;
    std::string().swap(watched_);
  }

  void cancel() override {
    error_code ignored;
    stream_.next_layer().cancel(ignored);
  }

  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

private:
  asio::io_context& context() {
    return static_cast<asio::io_context&>(stream_.get_executor().context());
  }

  void watch(std::shared_ptr<transport_listener> listener) {
    read_pending_ = true;
    stream_.async_read_some(
        asio::buffer(buffer_),
        [self = shared_from_this(), this, listener = std::move(listener)](
            error_code failed, std::size_t bytes) mutable {
          read_pending_ = false;
          // What came while the watch was being ended counts too.
          watched_.append(buffer_.data(), failed ? 0 : bytes);
          if (!watching_) {
            if (watch_ended_)
              watch_ended_->set();
            return;
          }
          if (failed)
            listener->on_peer_gone();
          else if (watched_.size() < max_watched_bytes)
            watch(std::move(listener));
        });
  }

  asio::ssl::stream<tcp::socket> stream_;
  std::array<char, 4096> buffer_;
  std::string watched_;
  std::optional<one_shot> watch_ended_;
  bool watching_ = false;
  bool read_pending_ = false;
};

} // namespace

std::shared_ptr<transport>
make_tls_transport(tcp::socket socket, asio::ssl::context& context) {
  return std::make_shared<tls_transport>(std::move(socket), context);
}

} // namespace hansard
