#include "http/client/https_request.hpp"

#include "http/text/text.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <cctype>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <type_traits>

namespace hansard {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using cause = https_failure::cause;
using clock = std::chrono::steady_clock;
using message_type = http::request<http::string_body>;
using parser_type = http::response_parser<http::string_body>;

constexpr std::uint32_t max_head_bytes = 64 * 1024;
constexpr int max_interim_answers = 8;

/// A connection and what is under way on it. It has an io_context of its own:
/// to let go of the link ends whatever is pending.
struct link {
  asio::io_context context;
  tcp::resolver resolver{context};
  tcp::resolver::results_type found;
  tcp::socket plain{context};
  std::optional<asio::ssl::stream<tcp::socket>> encrypted;
  boost::beast::flat_buffer buffer{max_head_bytes + 16 * 1024};
  message_type message;
  /// Of the answer that is being read; anew for each.
  std::optional<parser_type> parser;
  /// Of the step under way.
  bool ended = false;
  error_code failed;

  auto note() {
    return [this](error_code ec, auto&&...) {
      ended = true;
      failed = ec;
    };
  }
};

bool is_field_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c == '\t' || (c >= 0x20 && c != 0x7f);
  });
}

bool is_sendable(const https_request& request) {
  const auto is_token = [](const std::string& text) {
    return !text.empty()
           && std::all_of(text.begin(), text.end(), [](unsigned char c) {
                return std::isalnum(c)
                       || std::string_view("!#$%&'*+-.^_`|~").find(char(c))
                              != std::string_view::npos;
              });
  };
  const bool is_target =
      !request.target.empty()
      && std::all_of(
          request.target.begin(), request.target.end(),
          [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  return is_token(request.method) && is_target
         && std::all_of(
             request.fields.begin(), request.fields.end(),
             [&](const auto& field) {
               return is_token(field.first) && is_field_text(field.second);
             });
}

bool is_of_http(error_code failed) {
  return failed.category()
             == http::make_error_code(http::error::bad_version).category()
         && failed != http::error::end_of_stream
         && failed != http::error::partial_message;
}

} // namespace

std::string_view https_answer::field(std::string_view name) const {
  for (const auto& [found, value] : fields)
    if (equal_ignoring_case(found, name))
      return value;
  return {};
}

void throw_exception_from_error(
    const https_failure& e, const boost::source_location&) {
  throw std::logic_error("no answer was looked for: " + e.why);
}

struct https_client::impl {
  explicit impl(options o) : given(std::move(o)) {
    if (!given.trust)
      given.trust = std::make_shared<upstream_tls>("");
  }

  /// Runs what was begun to its end. False: see `failure`.
  bool finish();
  bool fail(cause what, std::string why);
  bool open();
  bool secure(asio::ssl::context& trusted);
  template <class Stream>
  bool exchange(Stream& stream);
  message_type message_of(const https_request& request) const;
  bool try_once(const https_request& request);
  https_answer answer();
  void drop() {
    std::unique_ptr<link> gone;
    std::lock_guard lock{mutex};
    gone.swap(on);
  }

  options given;
  clock::time_point deadline;
  https_failure failure;
  std::mutex mutex;
  /// Changed under `mutex` by ask(); cancel() looks at it under `mutex`.
  std::unique_ptr<link> on;
  bool cancelled = false;
};

bool https_client::impl::fail(cause what, std::string why) {
  failure.what = what;
  failure.why = std::move(why);
  return false;
}

bool https_client::impl::finish() {
  on->context.restart();
  {
    std::lock_guard lock{mutex};
    if (cancelled)
      return fail(cause::cancelled, "it was cancelled");
  }
  on->ended = false;
  on->context.run_until(deadline);
  if (!on->ended) {
    std::lock_guard lock{mutex};
    return cancelled ? fail(cause::cancelled, "it was cancelled")
                     : fail(
                         cause::timed_out,
                         "no answer within "
                             + std::to_string(given.timeout.count()) + " ms");
  }
  return !on->failed || fail(cause::broken, on->failed.message());
}

bool https_client::impl::open() {
  asio::ssl::context* trusted = nullptr;
  if (given.origin.tls) {
    auto loaded = given.trust->context();
    if (!loaded)
      return fail(cause::no_trust, loaded.error().message);
    trusted = *loaded;
  }
  {
    auto made = std::make_unique<link>();
    std::lock_guard lock{mutex};
    on = std::move(made);
  }
  on->resolver.async_resolve(
      given.origin.host, given.origin.port,
      [to = on.get()](error_code ec, tcp::resolver::results_type found) {
        to->found = std::move(found);
        to->note()(ec);
      });
  const auto unreachable = [&] {
    if (failure.what == cause::broken)
      failure.what = cause::unreachable;
    return false;
  };
  if (!finish())
    return unreachable();
  asio::async_connect(on->plain, on->found, on->note());
  if (!finish())
    return unreachable();
  error_code ignored;
  // A request is one small write that waits for its answer.
  on->plain.set_option(tcp::no_delay(true), ignored);
  return !trusted || secure(*trusted);
}

bool https_client::impl::secure(asio::ssl::context& trusted) {
  const auto& host = given.origin.host;
  auto& stream = on->encrypted.emplace(std::move(on->plain), trusted);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(host));
  error_code is_name;
  asio::ip::make_address(host, is_name);
  // Names alone (RFC 6066 §3).
  if (is_name)
    SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
  stream.async_handshake(asio::ssl::stream_base::client, on->note());
  if (finish())
    return true;
  if (failure.what != cause::broken)
    return false;
  const auto verdict = SSL_get_verify_result(stream.native_handle());
  if (failure.why.find("certificate verify") == std::string::npos)
    return fail(cause::tls, failure.why);
  return fail(
      cause::untrusted, verdict == X509_V_OK
                            ? "its certificate is not for " + host
                            : X509_verify_cert_error_string(verdict));
}

template <class Stream>
bool https_client::impl::exchange(Stream& stream) {
  failure.sent = true;
  http::async_write(stream, on->message, on->note());
  bool going = finish();
  for (int read = 0; going && read <= max_interim_answers; ++read) {
    auto& parser = on->parser.emplace();
    parser.body_limit(given.max_body_bytes);
    parser.header_limit(max_head_bytes);
    parser.skip(on->message.method() == http::verb::head);
    http::async_read(stream, on->buffer, parser, on->note());
    going = finish();
    if (going && parser.get().result_int() >= 200)
      return true;
  }
  if (going)
    return fail(cause::malformed, "interim answers without an end");
  if (failure.what != cause::broken)
    return false;
  if (on->failed == http::error::body_limit)
    return fail(cause::too_large, failure.why);
  return fail(
      is_of_http(on->failed) ? cause::malformed : cause::broken, failure.why);
}

message_type
https_client::impl::message_of(const https_request& request) const {
  message_type out;
  out.version(11);
  out.method_string(request.method);
  out.target(request.target);
  out.set(http::field::user_agent, "hansard");
  for (const auto& [name, value] : request.fields)
    out.set(name, value);
  out.set(http::field::host, given.origin.authority);
  if (!given.keep_alive)
    out.set(http::field::connection, "close");
  out.body() = request.body;
  // Also for an empty body of a POST (RFC 9110 §8.6).
  if (!request.body.empty()
      || (request.method != "GET" && request.method != "HEAD"))
    out.content_length(request.body.size());
  return out;
}

bool https_client::impl::try_once(const https_request& request) {
  const bool reused = on != nullptr;
  if (!reused && !open())
    return false;
  on->message = message_of(request);
  on->parser.reset();
  if (on->encrypted ? exchange(*on->encrypted) : exchange(on->plain))
    return true;
  const bool silent = !on->parser || !on->parser->got_some();
  if (!reused || !silent || request.method != "GET"
      || failure.what != cause::broken)
    return false;
  drop();
  failure = {};
  return try_once(request);
}

https_answer https_client::impl::answer() {
  auto& message = on->parser->get();
  https_answer out;
  out.status = message.result_int();
  for (const auto& field : message)
    out.fields.emplace_back(field.name_string(), field.value());
  out.body = std::move(message.body());
  if (!given.keep_alive || !message.keep_alive())
    drop();
  return out;
}

https_client::https_client(options o)
    : impl_(std::make_unique<impl>(std::move(o))) {}

https_client::~https_client() = default;

https_result https_client::ask(const https_request& request) {
  impl_->failure = {};
  impl_->deadline = clock::now() + impl_->given.timeout;
  if (!is_sendable(request))
    return https_failure{
        cause::unsendable, "the request holds what a head can't", false};
  try {
    if (impl_->try_once(request))
      return impl_->answer();
  } catch (const std::bad_alloc&) {
    impl_->drop();
    throw;
  } catch (const std::exception& e) {
    impl_->fail(cause::broken, e.what());
  }
  impl_->drop();
  return std::move(impl_->failure);
}

void https_client::cancel() {
  std::lock_guard lock{impl_->mutex};
  impl_->cancelled = true;
  if (impl_->on)
    impl_->on->context.stop();
}

} // namespace hansard
