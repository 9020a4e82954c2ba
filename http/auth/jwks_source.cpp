#include "http/auth/jwks_source.hpp"

#include "events/text/log_text.hpp"
#include "http/client/tls_trust.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <openssl/ssl.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace hansard {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using clock = std::chrono::steady_clock;

constexpr std::size_t max_waiting = 1'000;

struct target {
  bool tls = true;
  std::string host;
  std::string port;
  std::string authority;
  std::string path;
};

result<target> read_url(const std::string& text) {
  auto bad = [](std::string_view why) {
    return make_error(
        ec::invalid_request, "the JWKS URL is unusable: " + std::string(why));
  };
  auto parsed = boost::urls::parse_uri(text);
  if (!parsed)
    return bad("it is not an absolute URL");
  target out;
  out.tls = parsed->scheme_id() == boost::urls::scheme::https;
  out.host = std::string(parsed->host_address());
  if (!out.tls && parsed->scheme_id() != boost::urls::scheme::http)
    return bad("only https is spoken");
  bool loopback =
      out.host == "127.0.0.1" || out.host == "::1" || out.host == "localhost";
  if (!out.tls && !loopback)
    return bad("keys that come over http could be anybody's; use https");
  if (parsed->has_userinfo() || out.host.empty())
    return bad("it holds a password, or names no host");
  auto port = parsed->port();
  out.port = port.empty() ? (out.tls ? "443" : "80")
                          : std::string(port.data(), port.size());
  auto host = parsed->encoded_host_and_port();
  out.authority.assign(host.data(), host.size());
  auto path = parsed->encoded_target();
  out.path = path.empty() ? "/" : std::string(path.data(), path.size());
  return out;
}

} // namespace

struct jwks_source::impl {
  impl(options o, target t)
      : given(std::move(o)),
        where(std::move(t)),
        tls(given.ca_file) {}

  void run();
  void fetch();
  result<std::string> download();
  template <class Stream>
  result<std::string> ask(Stream& stream, asio::io_context& context);
  /// Runs what was begun to its end. False: the source is being stopped, and
  /// nothing more may be begun.
  bool finish(asio::io_context& context) {
    context.restart();
    if (!stopping)
      context.run();
    return !stopping;
  }

  const options given;
  const target where;
  upstream_tls tls;

  mutable std::mutex mutex;
  std::condition_variable wake;
  std::shared_ptr<const key_set> keys = std::make_shared<key_set>();
  std::vector<reply<std::monostate>> waiting;
  clock::time_point earliest{};
  bool fetching = false;
  std::atomic<bool> stopping{false};
  /// Of the fetch under way; guarded by `mutex`.
  asio::io_context* current = nullptr;
  std::thread thread;
};

void jwks_source::impl::run() {
  std::unique_lock lock{mutex};
  while (!stopping) {
    fetching = true;
    lock.unlock();
    fetch();
    lock.lock();
    fetching = false;
    earliest = clock::now() + given.least_pause;
    auto answered = std::exchange(waiting, {});
    bool good = !keys->empty();
    lock.unlock();
    for (const auto& one : answered)
      one(std::monostate{});
    lock.lock();
    // Who has no keys asks again sooner.
    auto until = clock::now() + (good ? given.refresh : given.least_pause);
    wake.wait_until(lock, until, [&] { return stopping || !waiting.empty(); });
  }
  auto left = std::exchange(waiting, {});
  lock.unlock();
  for (const auto& one : left)
    one(std::monostate{});
}

void jwks_source::impl::fetch() {
  std::string problem;
  try {
    auto text = download();
    auto read = text ? read_key_set(*text) : result<key_set>(text.error());
    if (read) {
      auto fresh = std::make_shared<const key_set>(std::move(*read));
      std::lock_guard lock{mutex};
      keys = std::move(fresh);
      return;
    }
    problem = read.error().message;
  } catch (const std::exception& e) {
    problem = e.what();
  }
  spdlog::warn(
      "event=jwks_not_fetched host={} reason={}", loggable(where.host),
      loggable(problem));
}

template <class Stream>
result<std::string>
jwks_source::impl::ask(Stream& stream, asio::io_context& context) {
  beast::error_code failed;
  auto wait = [&] {
    if (!finish(context))
      failed = asio::error::operation_aborted;
  };
  auto note = [&](beast::error_code ec, auto&&...) { failed = ec; };
  if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) {
    stream.async_handshake(asio::ssl::stream_base::client, note);
    wait();
  }
  http::request<http::empty_body> request{http::verb::get, where.path, 11};
  request.set(http::field::host, where.authority);
  request.set(http::field::user_agent, "hansard");
  request.set(http::field::accept, "application/json");
  request.set(http::field::connection, "close");
  if (!failed) {
    http::async_write(stream, request, note);
    wait();
  }
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_key_set_bytes);
  if (!failed) {
    http::async_read(stream, buffer, parser, note);
    wait();
  }
  if (failed)
    return make_error(ec::upstream_unavailable, failed.message());
  if (parser.get().result() != http::status::ok)
    return make_error(
        ec::upstream_failed,
        "status " + std::to_string(parser.get().result_int()));
  return std::move(parser.get().body());
}

result<std::string> jwks_source::impl::download() {
  asio::io_context context;
  struct current_guard {
    impl& self;
    current_guard(impl& i, asio::io_context& c) : self(i) {
      std::lock_guard lock{self.mutex};
      self.current = &c;
    }
    ~current_guard() {
      std::lock_guard lock{self.mutex};
      self.current = nullptr;
    }
  } guard{*this, context};
  beast::error_code failed;
  tcp::resolver resolver{context};
  tcp::resolver::results_type found;
  asio::steady_timer patience{context, given.timeout};
  patience.async_wait([&](beast::error_code ec) {
    if (!ec)
      resolver.cancel();
  });
  resolver.async_resolve(
      where.host, where.port, [&](beast::error_code ec, auto results) {
        failed = ec;
        found = std::move(results);
        patience.cancel();
      });
  if (!finish(context))
    failed = asio::error::operation_aborted;
  if (failed)
    return make_error(ec::upstream_unavailable, failed.message());
  auto note = [&](beast::error_code ec, auto&&...) { failed = ec; };
  auto connect = [&](beast::tcp_stream& link) {
    // Of all that follows on this connection.
    link.expires_after(given.timeout);
    link.async_connect(found, note);
    if (!finish(context))
      failed = asio::error::operation_aborted;
  };
  if (!where.tls) {
    beast::tcp_stream stream{context};
    connect(stream);
    if (failed)
      return make_error(ec::upstream_unavailable, failed.message());
    return ask(stream, context);
  }
  auto trusted = tls.context();
  if (!trusted)
    return trusted.error();
  beast::ssl_stream<beast::tcp_stream> stream{context, **trusted};
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(where.host));
  SSL_set_tlsext_host_name(stream.native_handle(), where.host.c_str());
  connect(beast::get_lowest_layer(stream));
  if (failed)
    return make_error(ec::upstream_unavailable, failed.message());
  return ask(stream, context);
}

result<std::unique_ptr<jwks_source>> jwks_source::start(options o) {
  auto where = read_url(o.url);
  if (!where)
    return where.error();
  auto made = std::make_unique<impl>(std::move(o), std::move(*where));
  made->thread = std::thread([i = made.get()] { i->run(); });
  return std::unique_ptr<jwks_source>(new jwks_source(std::move(made)));
}

jwks_source::jwks_source(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

jwks_source::~jwks_source() {
  {
    std::lock_guard lock{impl_->mutex};
    impl_->stopping = true;
    if (impl_->current)
      impl_->current->stop();
  }
  impl_->wake.notify_all();
  impl_->thread.join();
}

std::shared_ptr<const key_set> jwks_source::keys() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->keys;
}

void jwks_source::refetch(reply<std::monostate> done) {
  {
    std::lock_guard lock{impl_->mutex};
    bool allowed = impl_->fetching || clock::now() >= impl_->earliest;
    if (allowed && !impl_->stopping && impl_->waiting.size() < max_waiting) {
      impl_->waiting.push_back(std::move(done));
      impl_->wake.notify_all();
      return;
    }
  }
  done(std::monostate{});
}

} // namespace hansard
