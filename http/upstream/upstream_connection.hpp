#pragma once

#include "http/client/upstream_origin.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace hansard {

class upstream_connection;

/// Who uses a connection at the moment. Called on the connection's thread; no
/// call is made from within the function that asked for it.
class upstream_user {
public:
  virtual ~upstream_user() = default;
  /// @param problem Empty: connected.
  /// @param hopeless Another attempt will fail in the same way.
  virtual void on_connected(
      upstream_connection& from, const std::string& problem, bool hopeless) = 0;
  virtual void
  on_sent(upstream_connection& from, boost::system::error_code ec) = 0;
  /// @param bytes What one read brought; valid during the call. Empty with an
  ///        error, which may be end of file.
  virtual void on_received(
      upstream_connection& from, boost::system::error_code ec,
      std::string_view bytes) = 0;
};

/// A connection to a model server, plain or TLS 1.2+ with the server's name
/// verified. Belongs to one thread, that of `context`, but for is_alive() and
/// its destruction, which are the pool's, while nothing is under way. What is
/// under way keeps the connection and its user alive.
class upstream_connection
    : public std::enable_shared_from_this<upstream_connection> {
public:
  /// @param tls Outlives the connection; null for plain HTTP.
  static std::shared_ptr<upstream_connection> make(
      boost::asio::io_context& context, const upstream_origin& origin,
      boost::asio::ssl::context* tls);
  virtual ~upstream_connection() = default;

  /// Resolves, connects and shakes hands. Without a limit of time: the user's
  /// clock closes the connection.
  virtual void connect(std::shared_ptr<upstream_user> user) = 0;
  /// @param bytes Stays as it is until on_sent.
  virtual void
  send(std::string_view bytes, std::shared_ptr<upstream_user> user) = 0;
  /// Reads once. A connection that waits here holds no buffer of its own,
  /// except for TLS.
  virtual void receive(std::shared_ptr<upstream_user> user) = 0;
  /// Ends what is under way with an error. Idempotent.
  virtual void close() = 0;
  /// False if the other side closed it, or sent what nobody asked for.
  /// @pre Nothing is under way.
  virtual bool is_alive() = 0;

  boost::asio::io_context& context() const { return *context_; }
  const upstream_origin& origin() const { return origin_; }
  /// The pool's: when it became idle.
  std::chrono::steady_clock::time_point idle_since;

protected:
  upstream_connection(
      boost::asio::io_context& context, const upstream_origin& origin)
      : context_(&context),
        origin_(origin) {}

private:
  boost::asio::io_context* context_;
  upstream_origin origin_;
};

} // namespace hansard
