#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace hansard {

/// What a transport does in the background for a stream. Called on the
/// connection's thread, never from inside start_write() or start_watch().
class transport_listener {
public:
  virtual ~transport_listener() = default;
  /// A write that start_write() left pending has ended.
  virtual void on_written(boost::system::error_code failed) = 0;
  /// The client closed its end, or the connection broke.
  virtual void on_peer_gone() = 0;
};

/// A client's socket, plain or TLS. Everything on the thread of its io_context.
/// Plain sockets own no buffers: they are read through one scratch buffer per
/// thread and written from the caller's, so that an idle connection and a slow
/// stream cost next to nothing. TLS pays for its own buffers.
class transport : public std::enable_shared_from_this<transport> {
public:
  using error_code = boost::system::error_code;
  enum class write_state { done, pending, failed };

  virtual ~transport() = default;

  virtual boost::asio::awaitable<error_code> handshake() = 0;

  /// Appends what arrives next, at least one byte and about 16 KiB at most.
  virtual boost::asio::awaitable<error_code> read_more(std::string& in) = 0;

  /// Bytes have come that read_more() would take without waiting.
  virtual bool has_input() = 0;

  /// Writes all of `bytes`, which must stay as they are until it returns.
  virtual boost::asio::awaitable<error_code> write(std::string_view bytes) = 0;

  /// Says that nothing more will be sent: TLS close_notify, TCP FIN.
  virtual boost::asio::awaitable<void> finish_sending() = 0;

  /// Writes all of `bytes`: at once, if the socket takes them (done), else in
  /// the background (pending: on_written() follows). `bytes` stay valid until
  /// then; `listener` is kept alive. One write at a time.
  virtual write_state start_write(
      std::string_view bytes, std::shared_ptr<transport_listener> listener) = 0;

  /// Bytes of the pending write that the socket has taken; plain only.
  virtual std::size_t written() const = 0;

  /// Reads in the background, so that the client's going is noticed. What
  /// arrives (a pipelined request) is kept for stop_watch(); beyond
  /// `max_watched_bytes` it is left in the socket, and only a failed write
  /// tells that the client is gone.
  virtual void start_watch(std::shared_ptr<transport_listener> listener) = 0;
  /// Ends the watch and appends what it read to `in`.
  virtual boost::asio::awaitable<void> stop_watch(std::string& in) = 0;

  /// Wakes pending reads and writes with an error; the socket stays open.
  virtual void cancel() = 0;
  /// Ends the connection; pending operations fail.
  virtual void close() = 0;
};

inline constexpr std::size_t max_watched_bytes = 16 * 1024;

std::shared_ptr<transport>
make_plain_transport(boost::asio::ip::tcp::socket socket);

/// @param context must outlive the transport.
std::shared_ptr<transport> make_tls_transport(
    boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context);

} // namespace hansard
