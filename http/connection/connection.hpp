#pragma once

#include "http/auth/caller_watch.hpp"
#include "http/connection/group.hpp"
#include "http/message/exchange.hpp"
#include "http/server_limits.hpp"
#include "http/wire/transport.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace hansard {

class request_reader;

/// One client connection: reads requests, has them answered one after the
/// other, and keeps its deadlines. It lives on one io_context's thread.
///
/// What a request needs (parser, body, handler) is freed before its answer is
/// streamed, so that a stream costs a socket, this object and a chat_stream.
class connection final : public ticked,
                         public std::enable_shared_from_this<connection> {
public:
  connection(
      std::shared_ptr<http_app> app, std::shared_ptr<connection_group> group,
      std::shared_ptr<transport> socket, boost::asio::ip::address peer);
  ~connection() override;

  /// Serves until the client leaves, a deadline passes, or the server ends.
  boost::asio::awaitable<void> run();

  void tick(std::chrono::steady_clock::time_point now) override;
  void shut_down(bool now) override;

private:
  using clock = std::chrono::steady_clock;
  /// What a passed deadline means.
  enum class phase { idle, reading, writing, working, streaming };
  struct answered;
  class body_budget;

  void enter(phase p, std::chrono::milliseconds limit);
  void enter(phase p);

  /// Cuts the open stream where its caller may not have it any more.
  void cut_if_ended();

  /// False: the connection ends.
  boost::asio::awaitable<bool> serve_one();
  /// False: none has begun to come, and none is wanted any more.
  boost::asio::awaitable<bool> await_request();
  /// False: there is no request, and nobody to tell.
  boost::asio::awaitable<bool> read_head(request_reader& reader);
  /// nullopt: the client has gone.
  boost::asio::awaitable<std::optional<response>>
  answer(request_reader& reader, exchange& x);
  /// A problem with status 0: none. nullopt: the client has gone.
  boost::asio::awaitable<std::optional<problem>>
  read_body(request_reader& reader, body_budget& budget);
  boost::asio::awaitable<bool> send(response r, const answered& what);
  boost::asio::awaitable<bool> send_stream(response& r, const answered& what);
  boost::asio::awaitable<bool> send_pieces(response& r, const answered& what);
  boost::asio::awaitable<bool> write(std::string bytes);
  boost::asio::awaitable<void> linger();

  std::shared_ptr<http_app> shared_app_;
  http_app& app_;
  /// What was in force when the request began, or the wait for it.
  std::shared_ptr<const server_limits> limits_;
  std::shared_ptr<connection_group> group_;
  std::shared_ptr<transport> socket_;
  const boost::asio::ip::address peer_;
  std::shared_ptr<chat_stream> stream_;
  /// While an answer is streamed: for whom.
  caller_watch watch_;
  /// Bytes that arrived and belong to no request yet.
  std::string in_;
  clock::time_point deadline_ = clock::time_point::max();
  phase phase_ = phase::idle;
  bool expired_ = false;
  bool ending_ = false;
  /// The rest of a refused request is still on its way.
  bool unread_ = false;
};

} // namespace hansard
