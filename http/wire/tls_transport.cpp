#include "http/wire/watched_transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace hansard {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class tls_transport final : public watched_transport {
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

private:
  tcp::socket& socket() override { return stream_.next_layer(); }

  void wait_for_input(std::shared_ptr<transport_listener> listener) override {
    stream_.async_read_some(
        asio::buffer(buffer_),
        [self = shared_from_this(), this, listener = std::move(listener)](
            error_code failed, std::size_t bytes) mutable {
          input_came(
              failed, {buffer_.data(), failed ? 0 : bytes},
              std::move(listener));
        });
  }

  asio::ssl::stream<tcp::socket> stream_;
  std::array<char, 4096> buffer_;
};

} // namespace

std::shared_ptr<transport>
make_tls_transport(tcp::socket socket, asio::ssl::context& context) {
  return std::make_shared<tls_transport>(std::move(socket), context);
}

} // namespace hansard
