#include "http/upstream/upstream_connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <optional>

namespace hansard {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// What one read of a plain socket can bring. One buffer a thread: bytes are
/// consumed before the next read, so streams by the thousand share it.
std::array<char, 64 * 1024>& read_buffer() {
  thread_local std::array<char, 64 * 1024> buffer;
  return buffer;
}

/// What plain and TLS connections share: the way to a connected socket.
class tcp_connection : public upstream_connection {
public:
  tcp_connection(asio::io_context& context, const upstream_origin& origin)
      : upstream_connection(context, origin),
        resolver_(context),
        socket_(context) {}

  void connect(std::shared_ptr<upstream_user> user) final {
    error_code ec;
    const auto address = asio::ip::make_address(origin().host, ec);
    if (!ec) {
      // The resolver's thread, shared by all, is for names only.
      const auto port = std::atoi(origin().port.c_str());
      connect_to(
          tcp::resolver::results_type::create(
              tcp::endpoint(address, static_cast<std::uint16_t>(port)),
              origin().host, origin().port),
          std::move(user));
      return;
    }
    resolver_.async_resolve(
        origin().host, origin().port,
        [this, self = shared_from_this(), user = std::move(user)](
            error_code ec, tcp::resolver::results_type found) mutable {
          if (ec)
            user->on_connected(
                *this,
                "could not resolve " + origin().host + ": " + ec.message(),
                false);
          else
            connect_to(std::move(found), std::move(user));
        });
  }

  void close() final {
    error_code ignored;
    closed_ = true;
    resolver_.cancel();
    socket_.close(ignored);
  }

  bool is_alive() final {
    char byte = 0;
    error_code ec;
    socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec);
    return ec == asio::error::would_block;
  }

protected:
  virtual void handshake(std::shared_ptr<upstream_user> user) = 0;

  tcp::socket& socket() { return socket_; }
  bool closed() const { return closed_; }

private:
  void connect_to(
      tcp::resolver::results_type endpoints,
      std::shared_ptr<upstream_user> user) {
    if (closed_) {
      user->on_connected(*this, "the connection was closed", false);
      return;
    }
    asio::async_connect(
        socket_, endpoints,
        // async_connect opens a socket for each address: not after close().
        [this](const error_code&, const tcp::endpoint&) { return !closed_; },
        [this, self = shared_from_this(),
         user = std::move(user)](error_code ec, const tcp::endpoint&) mutable {
          if (ec || closed_) {
            user->on_connected(
                *this,
                "could not connect to " + origin().host + " port "
                    + origin().port + ": " + ec.message(),
                false);
            return;
          }
          error_code ignored;
          socket_.set_option(tcp::no_delay(true), ignored);
          socket_.non_blocking(true, ignored);
          handshake(std::move(user));
        });
  }

  tcp::resolver resolver_;
  tcp::socket socket_;
  bool closed_ = false;
};

class plain_connection final : public tcp_connection {
public:
  using tcp_connection::tcp_connection;

  void send(std::string_view bytes, std::shared_ptr<upstream_user> user) final {
    asio::async_write(
        socket(), asio::buffer(bytes.data(), bytes.size()),
        [this, self = shared_from_this(), user = std::move(user)](
            error_code ec, std::size_t) { user->on_sent(*this, ec); });
  }

  void receive(std::shared_ptr<upstream_user> user) final {
    socket().async_wait(
        tcp::socket::wait_read,
        [this, self = shared_from_this(),
         user = std::move(user)](error_code ec) mutable {
          auto& buffer = read_buffer();
          std::size_t size = 0;
          if (!ec)
            size = socket().read_some(asio::buffer(buffer), ec);
          if (ec == asio::error::would_block)
            receive(std::move(user));
          else
            user->on_received(*this, ec, {buffer.data(), size});
        });
  }

private:
  void handshake(std::shared_ptr<upstream_user> user) final {
    user->on_connected(*this, {}, false);
  }
};

class tls_connection final : public tcp_connection {
public:
  tls_connection(
      asio::io_context& context, const upstream_origin& origin,
      asio::ssl::context& tls)
      : tcp_connection(context, origin),
        stream_(socket(), tls) {}

  void send(std::string_view bytes, std::shared_ptr<upstream_user> user) final {
    asio::async_write(
        stream_, asio::buffer(bytes.data(), bytes.size()),
        [this, self = shared_from_this(), user = std::move(user)](
            error_code ec, std::size_t) { user->on_sent(*this, ec); });
  }

  void receive(std::shared_ptr<upstream_user> user) final {
    stream_.async_read_some(
        asio::buffer(buffer_),
        [this, self = shared_from_this(),
         user = std::move(user)](error_code ec, std::size_t size) {
          user->on_received(*this, ec, {buffer_.data(), size});
        });
  }

private:
  void handshake(std::shared_ptr<upstream_user> user) final {
    error_code ec;
    error_code not_an_address;
    asio::ip::make_address(origin().host, not_an_address);
    // RFC 6066 §3: addresses are no server names.
    if (not_an_address)
      SSL_set_tlsext_host_name(stream_.native_handle(), origin().host.c_str());
    stream_.set_verify_mode(asio::ssl::verify_peer, ec);
    stream_.set_verify_callback(
        asio::ssl::host_name_verification(origin().host), ec);
    if (ec) {
      user->on_connected(*this, "TLS: " + ec.message(), true);
      return;
    }
    stream_.async_handshake(
        asio::ssl::stream_base::client,
        [this, self = shared_from_this(),
         user = std::move(user)](error_code ec) {
          user->on_connected(
              *this, ec ? problem_of(ec) : std::string(), ec && untrusted());
        });
  }

  bool untrusted() {
    return SSL_get_verify_result(stream_.native_handle()) != X509_V_OK;
  }

  std::string problem_of(const error_code& ec) {
    auto problem = "TLS handshake with " + origin().host + ": " + ec.message();
    if (untrusted())
      problem.append(": ").append(X509_verify_cert_error_string(
          SSL_get_verify_result(stream_.native_handle())));
    return problem;
  }

  asio::ssl::stream<tcp::socket&> stream_;
  std::array<char, 8 * 1024> buffer_;
};

} // namespace

std::shared_ptr<upstream_connection> upstream_connection::make(
    asio::io_context& context, const upstream_origin& origin,
    asio::ssl::context* tls) {
  if (tls)
    return std::make_shared<tls_connection>(context, origin, *tls);
  return std::make_shared<plain_connection>(context, origin);
}

} // namespace hansard
