#include "http/wire/watched_transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace hansard {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Reads go through here: one a thread is enough, since what is read is taken
/// out before the next read.
std::array<char, 16 * 1024>& scratch() {
  thread_local std::array<char, 16 * 1024> bytes;
  return bytes;
}

class plain_transport final : public watched_transport {
public:
  explicit plain_transport(tcp::socket socket) : socket_(std::move(socket)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
  }

  asio::awaitable<error_code> handshake() override { co_return error_code{}; }

  asio::awaitable<error_code> read_more(std::string& in) override {
    error_code failed;
    while (true) {
      auto bytes = socket_.read_some(asio::buffer(scratch()), failed);
      if (!failed)
        in.append(scratch().data(), bytes);
      if (failed != asio::error::would_block)
        co_return failed;
      co_await socket_.async_wait(
          tcp::socket::wait_read,
          asio::redirect_error(asio::use_awaitable, failed));
      if (failed)
        co_return failed;
    }
  }

  bool has_input() override {
    error_code failed;
    return socket_.available(failed) > 0 && !failed;
  }

  asio::awaitable<error_code> write(std::string_view bytes) override {
    error_code failed;
    while (!bytes.empty()) {
      bytes.remove_prefix(
          socket_.write_some(asio::buffer(bytes.data(), bytes.size()), failed));
      if (failed == asio::error::would_block)
        co_await socket_.async_wait(
            tcp::socket::wait_write,
            asio::redirect_error(asio::use_awaitable, failed));
      if (failed)
        break;
    }
    co_return failed;
  }

  asio::awaitable<void> finish_sending() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
  }

  write_state start_write(
      std::string_view bytes,
      std::shared_ptr<transport_listener> listener) override {
    bytes_ = bytes;
    written_ = 0;
    auto failed = push();
    if (!failed)
      return write_state::done;
    if (failed != asio::error::would_block)
      return write_state::failed;
    push_when_writable(std::move(listener));
    return write_state::pending;
  }

  std::size_t written() const override { return written_; }

private:
  error_code push() {
    error_code failed;
    while (!failed && written_ < bytes_.size())
      written_ += socket_.write_some(
          asio::buffer(bytes_.data() + written_, bytes_.size() - written_),
          failed);
    return failed;
  }

  void push_when_writable(std::shared_ptr<transport_listener> listener) {
    socket_.async_wait(
        tcp::socket::wait_write,
        [self = shared_from_this(), this,
         listener = std::move(listener)](error_code failed) mutable {
          if (!failed)
            failed = push();
          if (failed == asio::error::would_block)
            push_when_writable(std::move(listener));
          else
            listener->on_written(failed);
        });
  }

  tcp::socket& socket() override { return socket_; }

  void wait_for_input(std::shared_ptr<transport_listener> listener) override {
    socket_.async_wait(
        tcp::socket::wait_read,
        [self = shared_from_this(), this,
         listener = std::move(listener)](error_code failed) mutable {
          std::size_t bytes = 0;
          if (!failed && watching())
            bytes = socket_.read_some(asio::buffer(scratch()), failed);
          if (failed == asio::error::would_block)
            failed = {};
          input_came(failed, {scratch().data(), bytes}, std::move(listener));
        });
  }

  tcp::socket socket_;
  std::string_view bytes_;
  std::size_t written_ = 0;
};

} // namespace

std::shared_ptr<transport> make_plain_transport(tcp::socket socket) {
  return std::make_shared<plain_transport>(std::move(socket));
}

} // namespace hansard
