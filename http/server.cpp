#include "http/server.hpp"

#include "actors/log_event.hpp"
#include "http/app/http_app.hpp"
#include "http/connection/connection.hpp"
#include "http/wire/tls.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <string_view>
#include <vector>

namespace hansard {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// A client that vanished without a word takes what is written to it into the
/// kernel's buffer for a quarter of an hour; with this, what it has not
/// acknowledged for so long ends the connection (RFC 5482).
void notice_silence(tcp::socket& socket, std::chrono::milliseconds time) {
  const auto ms = static_cast<unsigned>(time.count());
  ::setsockopt(
      socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

/// Often enough for the shortest of the timeouts, seldom enough to be free.
std::chrono::milliseconds tick_period(const server_options& o) {
  auto shortest = std::min(
      {o.tls_handshake_timeout, o.header_timeout, o.body_timeout,
       o.idle_timeout, o.write_timeout, o.linger_timeout, o.ping_interval});
  return std::clamp(
      shortest / 4, std::chrono::milliseconds{5},
      std::chrono::milliseconds{250});
}

constexpr std::string_view full_house =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
    "Retry-After: 1\r\nConnection: close\r\n\r\n";

/// After running out of descriptors: time for some to come free.
constexpr std::chrono::milliseconds accept_pause{100};

} // namespace

struct server::impl : std::enable_shared_from_this<impl> {
  impl(
      server_options options, io_pool& p, controller& actors,
      std::shared_ptr<prometheus::Registry> registry,
      std::unique_ptr<authenticator> callers)
      : app(std::make_shared<http_app>(
          options, actors, std::move(registry), std::move(callers))),
        first(std::move(options)),
        pool(p),
        acceptor(p.at(0)),
        pause(p.at(0)) {
    for (std::size_t i = 0; i < pool.size(); ++i)
      groups.push_back(
          std::make_shared<connection_group>(pool.at(i), tick_period(first)));
  }

  result<void> listen();
  void accept();
  void on_accepted(error_code failed, tcp::socket socket, std::size_t group);
  void serve(tcp::socket socket, std::shared_ptr<connection_group> group);
  void shut_down(bool now) {
    for (auto& group : groups)
      group->shut_down(now);
  }

  std::shared_ptr<asio::ssl::context> current_tls() const {
    std::lock_guard lock{tls_mutex};
    return tls;
  }

  std::shared_ptr<http_app> app;
  /// What it was started with.
  const server_options first;
  io_pool& pool;
  mutable std::mutex tls_mutex;
  std::shared_ptr<asio::ssl::context> tls;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::vector<std::shared_ptr<connection_group>> groups;
  std::size_t turn = 0;
  std::uint16_t port = 0;
};

result<void> server::impl::listen() {
  const auto& o = first;
  auto where = o.host + ':' + std::to_string(o.port);
  error_code failed;
  tcp::resolver resolver{pool.at(0)};
  auto found = resolver.resolve(
      o.host, std::to_string(o.port),
      tcp::resolver::passive | tcp::resolver::numeric_service, failed);
  if (!failed && found.empty())
    failed = asio::error::host_not_found;
  if (!failed) {
    auto endpoint = found.begin()->endpoint();
    acceptor.open(endpoint.protocol(), failed);
    if (!failed)
      acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed)
      acceptor.bind(endpoint, failed);
    if (!failed)
      acceptor.listen(asio::socket_base::max_listen_connections, failed);
  }
  if (failed)
    return make_error(
        ec::invalid_request,
        "Can't listen on " + where + ": " + failed.message() + '.');
  port = acceptor.local_endpoint(failed).port();
  if (!o.tls_certificate_file.empty() || !o.tls_key_file.empty()) {
    auto made = make_server_tls(o.tls_certificate_file, o.tls_key_file);
    if (!made)
      return made.error();
    tls = std::move(*made);
  }
  return {};
}

void server::impl::accept() {
  auto group = turn++ % groups.size();
  acceptor.async_accept(
      pool.at(group), [self = shared_from_this(),
                       group](error_code failed, tcp::socket socket) {
        self->on_accepted(failed, std::move(socket), group);
      });
}

void server::impl::on_accepted(
    error_code failed, tcp::socket socket, std::size_t group) {
  if (!acceptor.is_open())
    return;
  if (!failed) {
    serve(std::move(socket), groups[group]);
    accept();
    return;
  }
  // Mostly no descriptors left: what waits in the backlog keeps.
  log_event(
      log_level::warning, "accept_failed", {{"reason", failed.message()}});
  pause.expires_after(accept_pause);
  pause.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled && self->acceptor.is_open())
      self->accept();
  });
}

void server::impl::serve(
    tcp::socket socket, std::shared_ptr<connection_group> group) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  notice_silence(socket, app->rules()->limits->write_timeout);
  auto send_buffer = first.socket_send_buffer_bytes;
  if (send_buffer > 0)
    socket.set_option(
        asio::socket_base::send_buffer_size(static_cast<int>(send_buffer)),
        ignored);
  auto peer = socket.remote_endpoint(ignored).address();
  if (!app->admit_connection()) {
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(full_house), ignored);
    return;
  }
  asio::post(
      group->context(), [self = shared_from_this(), socket = std::move(socket),
                         group, peer]() mutable {
        // A TLS stream holds on to what it needs of its context.
        auto tls = self->current_tls();
        auto link = tls ? make_tls_transport(std::move(socket), *tls)
                        : make_plain_transport(std::move(socket));
        auto one = std::make_shared<connection>(self->app, group, link, peer);
        asio::co_spawn(
            group->context(), [one] { return one->run(); },
            [](std::exception_ptr fault) {
              try {
                if (fault)
                  std::rethrow_exception(fault);
              } catch (const std::exception& e) {
                log_event(
                    log_level::error, "connection_lost",
                    {{"reason", e.what()}});
              }
            });
      });
}

result<std::unique_ptr<server>> server::start(
    server_options options, io_pool& pool, controller& actors,
    std::shared_ptr<prometheus::Registry> registry) {
  try {
    auto callers = authenticator::make(options.authentication, actors.access());
    if (!callers)
      return callers.error();
    auto made = std::make_shared<impl>(
        std::move(options), pool, actors, std::move(registry),
        std::move(*callers));
    if (auto listening = made->listen(); !listening)
      return listening.error();
    asio::post(pool.at(0), [made] { made->accept(); });
    return std::unique_ptr<server>(new server(std::move(made)));
  } catch (const std::exception& e) {
    return make_error(
        ec::internal, std::string("The server can't start: ") + e.what());
  }
}

struct server::change {
  server_options options;
  /// nullptr: as it is.
  std::shared_ptr<authenticator> callers;
  std::shared_ptr<asio::ssl::context> tls;
};

result<std::shared_ptr<server::change>>
server::prepare(const server_options& options, bool new_callers) const {
  try {
    auto out = std::make_shared<change>();
    out->options = options;
    bool tls = !options.tls_certificate_file.empty();
    if (tls != (impl_->current_tls() != nullptr))
      return make_error(
          ec::invalid_request, "TLS can't begin or end while the server runs.");
    if (tls) {
      auto made =
          make_server_tls(options.tls_certificate_file, options.tls_key_file);
      if (!made)
        return made.error();
      out->tls = std::move(*made);
    }
    if (new_callers) {
      auto made = authenticator::make(
          options.authentication, impl_->app->actors.access(),
          impl_->app->rules()->callers.get());
      if (!made)
        return made.error();
      out->callers = std::move(*made);
    }
    return out;
  } catch (const std::exception& e) {
    return make_error(
        ec::internal,
        std::string("The server's settings can't be prepared: ") + e.what());
  }
}

void server::use(const std::shared_ptr<change>& what) {
  auto& app = *impl_->app;
  app.use(what->options, what->callers);
  if (what->tls) {
    std::lock_guard lock{impl_->tls_mutex};
    impl_->tls = what->tls;
  }
}

server::server(std::shared_ptr<impl> i) : impl_(std::move(i)) {}

server::~server() { close(std::chrono::milliseconds{0}); }

std::uint16_t server::port() const { return impl_->port; }

void server::stop_accepting() {
  asio::post(impl_->pool.at(0), [made = impl_] {
    error_code ignored;
    made->acceptor.close(ignored);
    made->pause.cancel();
  });
}

void server::begin_drain() {
  stop_accepting();
  impl_->app->draining = true;
  impl_->shut_down(false);
}

void server::close(std::chrono::milliseconds patience) {
  begin_drain();
  auto& app = *impl_->app;
  if (app.wait_no_connections(patience))
    return;
  impl_->shut_down(true);
  // What is left waits for an actor's or the disk's answer.
  if (!app.wait_no_connections(std::chrono::seconds{5}))
    log_event(
        log_level::error, "connections_left", {{"count", app.connections()}});
}

std::size_t server::open_connections() const {
  return impl_->app->connections();
}

} // namespace hansard
