#include "tools/hansard/admin/client.hpp"

#include "http/client/tls_trust.hpp"
#include "tools/hansard/admin/answer.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <exception>
#include <optional>
#include <utility>

namespace hansard {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using tls_stream = beast::ssl_stream<beast::tcp_stream>;
using parser_type = http::response_parser<http::string_body>;

constexpr std::uint32_t max_head_bytes = 64 * 1024;
constexpr int max_interim_answers = 8;

} // namespace

struct admin_client::impl {
  explicit impl(options o) : given(std::move(o)), tls(given.ca_file) {}

  result<void> connect();
  result<void> resolve(tcp::resolver::results_type& found);
  result<void> secure(asio::ssl::context& trusted);
  /// One request and its answer, on the connection that there is.
  template <class Stream>
  beast::error_code
  exchange(Stream& stream, const http::request<http::string_body>& request);
  http::request<http::string_body> request_of(const admin_call& call) const;
  error no_answer(beast::error_code failed, bool is_write) const;
  result<admin_answer> try_once(const admin_call& call);

  bool connected() const { return plain || encrypted; }
  void disconnect() {
    plain.reset();
    encrypted.reset();
    buffer.clear();
  }
  beast::tcp_stream& lowest() {
    return encrypted ? beast::get_lowest_layer(*encrypted) : *plain;
  }
  /// Runs what was begun to its end.
  void finish() {
    context.restart();
    context.run();
  }
  error unreachable(std::string_view why, std::string_view advice = {}) const {
    return make_error(
        ec::upstream_unavailable,
        fmt::format(
            "{} can't be reached: {}. {}", given.server.origin.key(), why,
            advice.empty()
                ? "Is it running? --server or HANSARD_SERVER say where it is."
                : advice));
  }

  const options given;
  upstream_tls tls;
  asio::io_context context;
  std::optional<beast::tcp_stream> plain;
  std::optional<tls_stream> encrypted;
  beast::flat_buffer buffer{max_head_bytes + 16 * 1024};
  /// Of the answer that is being read; anew for each.
  std::optional<parser_type> parser;
};

result<void> admin_client::impl::resolve(tcp::resolver::results_type& found) {
  tcp::resolver resolver{context};
  beast::error_code failed;
  asio::steady_timer patience{context, given.timeout};
  patience.async_wait([&](beast::error_code ec) {
    if (!ec)
      resolver.cancel();
  });
  resolver.async_resolve(
      given.server.origin.host, given.server.origin.port,
      [&](beast::error_code ec, auto results) {
        failed = ec;
        found = std::move(results);
        patience.cancel();
      });
  finish();
  if (failed)
    return unreachable(failed.message());
  return {};
}

result<void> admin_client::impl::secure(asio::ssl::context& trusted) {
  beast::error_code failed;
  const auto& host = given.server.origin.host;
  encrypted.emplace(std::move(*plain), trusted);
  plain.reset();
  encrypted->set_verify_mode(asio::ssl::verify_peer);
  encrypted->set_verify_callback(asio::ssl::host_name_verification(host));
  SSL_set_tlsext_host_name(encrypted->native_handle(), host.c_str());
  encrypted->async_handshake(
      asio::ssl::stream_base::client,
      [&](beast::error_code ec) { failed = ec; });
  finish();
  if (!failed)
    return {};
  const auto verdict = SSL_get_verify_result(encrypted->native_handle());
  const bool is_certificate =
      failed.message().find("certificate verify") != std::string::npos;
  disconnect();
  if (!is_certificate)
    return unreachable(failed.message());
  return unreachable(
      verdict == X509_V_OK
          ? "its certificate is not for " + host
          : std::string(X509_verify_cert_error_string(verdict)),
      "If it is the right server, --ca-file names the authority that signed "
      "its certificate.");
}

result<void> admin_client::impl::connect() {
  asio::ssl::context* trusted = nullptr;
  if (given.server.origin.tls) {
    auto loaded = tls.context();
    if (!loaded)
      return unreachable(loaded.error().message, "See --ca-file.");
    trusted = *loaded;
  }
  tcp::resolver::results_type found;
  if (auto resolved = resolve(found); !resolved)
    return resolved;
  beast::error_code failed;
  plain.emplace(context);
  plain->expires_after(given.timeout);
  plain->async_connect(
      found, [&](beast::error_code ec, auto&&) { failed = ec; });
  finish();
  if (failed) {
    disconnect();
    return unreachable(failed.message());
  }
  // A request is one small write that waits for its answer.
  plain->socket().set_option(tcp::no_delay(true), failed);
  return trusted ? secure(*trusted) : result<void>{};
}

template <class Stream>
beast::error_code admin_client::impl::exchange(
    Stream& stream, const http::request<http::string_body>& request) {
  beast::error_code failed;
  parser.reset();
  auto note = [&](beast::error_code ec, std::size_t) { failed = ec; };
  http::async_write(stream, request, note);
  finish();
  for (int read = 0; !failed && read <= max_interim_answers; ++read) {
    parser.emplace();
    parser->body_limit(given.max_answer_bytes);
    parser->header_limit(max_head_bytes);
    http::async_read(stream, buffer, *parser, note);
    finish();
    if (!failed && parser->get().result_int() >= 200)
      break;
  }
  return failed;
}

http::request<http::string_body>
admin_client::impl::request_of(const admin_call& call) const {
  http::request<http::string_body> out;
  out.version(11);
  out.method_string(call.method);
  out.target(given.server.prefix + call.target);
  out.set(http::field::host, given.server.origin.authority);
  out.set(http::field::user_agent, "hansard/" HANSARD_VERSION);
  out.set(http::field::accept, "application/json");
  out.set(
      http::field::authorization, "Bearer " + std::string(given.key.view()));
  if (!call.if_match.empty())
    out.set(http::field::if_match, call.if_match);
  if (call.only_new)
    out.set(http::field::if_none_match, "*");
  if (!call.body.empty())
    out.set(http::field::content_type, "application/json");
  out.body() = call.body;
  // Also for an empty body of a POST (RFC 9110 §8.6).
  if (call.method != "GET")
    out.content_length(call.body.size());
  return out;
}

error admin_client::impl::no_answer(
    beast::error_code failed, bool is_write) const {
  if (failed == http::error::body_limit)
    return make_error(
        ec::upstream_failed,
        fmt::format(
            "The answer is over {} MiB, which none of a Hansard is.",
            given.max_answer_bytes >> 20));
  const auto& of_http =
      http::make_error_code(http::error::bad_version).category();
  if (failed.category() == of_http && failed != http::error::end_of_stream
      && failed != http::error::partial_message)
    return make_error(
        ec::upstream_failed,
        fmt::format(
            "The answer is no HTTP that can be read: {}. Is this the address "
            "of a Hansard server?",
            failed.message()));
  return unreachable(
      failed == beast::error::timeout
          ? fmt::format("no answer within {} ms", given.timeout.count())
          : "the connection ended before the answer (" + failed.message() + ")",
      is_write ? "Whether it was done is not known; look before you repeat it."
               : "");
}

result<admin_answer> admin_client::impl::try_once(const admin_call& call) {
  const bool reused = connected();
  if (!reused)
    if (auto made = connect(); !made)
      return made.error();
  lowest().expires_after(given.timeout);
  const auto request = request_of(call);
  const auto failed =
      encrypted ? exchange(*encrypted, request) : exchange(*plain, request);
  if (failed) {
    const bool silent = !parser || !parser->got_some();
    disconnect();
    // The server may close a connection that waits, and a request that only
    // reads can be asked again (RFC 9110 §9.2.2).
    if (reused && silent && call.method == "GET"
        && failed != beast::error::timeout)
      return try_once(call);
    return no_answer(failed, call.method != "GET");
  }
  auto& message = parser->get();
  heard_answer heard;
  heard.status = message.result_int();
  heard.content_type = std::string(message[http::field::content_type]);
  heard.location = std::string(message[http::field::location]);
  heard.etag = std::string(message[http::field::etag]);
  heard.body = std::move(message.body());
  if (!message.keep_alive())
    disconnect();
  return judge(std::move(heard));
}

admin_client::admin_client(options o)
    : impl_(std::make_unique<impl>(std::move(o))) {}

admin_client::~admin_client() = default;

result<admin_answer> admin_client::ask(const admin_call& call) {
  try {
    return impl_->try_once(call);
  } catch (const std::exception& e) {
    impl_->disconnect();
    return impl_->unreachable(e.what());
  }
}

} // namespace hansard
