#include "http/wire/request_reader.hpp"

#include "http/text/text.hpp"
#include "http/wire/request_target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <functional>
#include <iterator>

namespace hansard {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

/// Beast's string_body reserves what Content-Length announces; this one grows
/// with what really arrives.
struct growing_body {
  using value_type = std::string;
  static std::uint64_t size(const value_type& body) { return body.size(); }
  class reader {
  public:
    template <bool IsRequest, class Fields>
    reader(http::header<IsRequest, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, error_code& failed) {
      failed = {};
    }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& failed) {
      failed = {};
      std::size_t taken = 0;
      for (auto at = boost::asio::buffer_sequence_begin(buffers);
           at != boost::asio::buffer_sequence_end(buffers); ++at) {
        boost::asio::const_buffer piece = *at;
        body_.append(static_cast<const char*>(piece.data()), piece.size());
        taken += piece.size();
      }
      return taken;
    }
    void finish(error_code& failed) { failed = {}; }

  private:
    value_type& body_;
  };
};

/// Chunk headers and trailers wait for their line's end; longer ones than this
/// are refused.
constexpr std::size_t max_unread_body_bytes = 32 * 1024;

/// Of all chunks of a body: RFC 9112 §7.1.1 asks for a limit.
constexpr std::size_t max_chunk_extensions_bytes = 4 * 1024;

/// RFC 9112 §3 recommends 8000 at least.
constexpr std::size_t max_target_bytes = 8'000;
constexpr std::size_t max_header_fields = 100;

/// Fields by which something is decided. They are there once, so that nobody
/// decides by another one than Hansard does.
constexpr std::string_view single_fields[] = {
    "Authorization", "X-Api-Key",      "Content-Type",    "Expect",
    "Origin",        "Sec-Fetch-Site", "Idempotency-Key", "Last-Event-ID"};

/// What RFC 9110 §6.5.1 keeps out of trailers, of what Hansard or a proxy in
/// front of it goes by.
constexpr std::string_view head_fields[] = {
    "Authorization",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Expect",
    "Forwarded",
    "Host",
    "Idempotency-Key",
    "Last-Event-ID",
    "Origin",
    "Sec-Fetch-Site",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "X-Api-Key",
    "X-Forwarded-For",
    "X-Request-Id",
    "traceparent"};

constexpr auto framing_code = ec::invalid_request;

/// RFC 9110 §5.5: what no field needs, and some recipients stumble over.
bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

bool has_control_bytes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

std::string_view first_of(const http::fields& fields, std::string_view name) {
  auto at = fields.find({name.data(), name.size()});
  return at == fields.end() ? std::string_view{}
                            : std::string_view(at->value());
}

/// Of a header that may be there several times: the values, joined.
std::string
all_of(const http::fields& fields, std::string_view name, std::string_view by) {
  std::string out;
  auto [at, end] = fields.equal_range({name.data(), name.size()});
  for (; at != end; ++at)
    out.append(out.empty() ? "" : by).append(std::string_view(at->value()));
  return out;
}

std::size_t count_of(const http::fields& fields, http::field name) {
  return fields.count(name);
}

std::size_t count_of_head_fields(const http::fields& fields) {
  std::size_t count = 0;
  for (auto name : head_fields)
    count += fields.count({name.data(), name.size()});
  return count;
}

/// What RFC 9112 lets a recipient refuse, and Beast does not.
std::string complaint_about(const http::request_header<>& head) {
  auto lengths = count_of(head, http::field::content_length);
  auto codings = count_of(head, http::field::transfer_encoding);
  auto hosts = count_of(head, http::field::host);
  auto length = first_of(head, "Content-Length");
  if (lengths > 1 || length.find(',') != std::string_view::npos)
    return "Content-Length must be there once, with one number.";
  if (codings > 0 && lengths > 0)
    return "Content-Length and Transfer-Encoding exclude each other.";
  if (codings > 1
      || (codings == 1
          && !equal_ignoring_case(
              first_of(head, "Transfer-Encoding"), "chunked")))
    return "The only Transfer-Encoding that is understood is chunked.";
  if (codings > 0 && head.version() < 11)
    return "HTTP/1.0 has no Transfer-Encoding.";
  if (hosts > 1 || (hosts == 0 && head.version() >= 11))
    return "HTTP/1.1 needs the Host header, once.";
  for (auto name : single_fields)
    if (head.count({name.data(), name.size()}) > 1)
      return std::string(name) + " must not be there twice.";
  std::optional<std::string_view> host;
  if (hosts > 0)
    host = first_of(head, "Host");
  return complaint_about_target(
             escape_query(std::string_view(head.target())), host)
      .value_or("");
}

} // namespace

struct request_reader::parser {
  explicit parser(std::uint64_t max_body_bytes) {
    on_chunk = [this, max_body_bytes](
                   std::uint64_t size, auto extensions, error_code& failed) {
      extensions_bytes += extensions.size();
      if (extensions_bytes > max_chunk_extensions_bytes
          || has_control_bytes(std::string_view(extensions)))
        failed = http::error::bad_chunk_extension;
      // What will not fit is not waited for.
      else if (size > max_body_bytes - parse.get().body().size())
        failed = http::error::body_limit;
    };
    parse.on_chunk_header(on_chunk);
  }

  http::request_parser<growing_body> parse;
  std::function<void(std::uint64_t, boost::beast::string_view, error_code&)>
      on_chunk;
  std::size_t extensions_bytes = 0;
  /// Of the head: more of them later came as trailers.
  std::size_t head_fields = 0;
};

request_reader::request_reader(
    std::size_t max_header_bytes, std::uint64_t max_body_bytes)
    : max_header_bytes_(max_header_bytes),
      max_body_bytes_(max_body_bytes) {}

request_reader::~request_reader() = default;

std::size_t request_reader::body_size() const {
  return parser_ ? parser_->parse.get().body().size() : 0;
}

std::string request_reader::take_body() {
  return parser_ ? std::move(parser_->parse.get().body()) : std::string();
}

request_reader::state request_reader::refuse(ec code, std::string message) {
  return refuse(to_problem(make_error(code, std::move(message))));
}

request_reader::state
request_reader::refuse(http_code code, std::string message) {
  return refuse(http_problem(code, std::move(message)));
}

request_reader::state request_reader::refuse(problem why) {
  why_ = std::move(why);
  return state::refused;
}

request_reader::state request_reader::advance(std::string& in) {
  return current_ = parser_ ? read_body(in) : read_head(in);
}

std::optional<std::string> check_lines(std::string_view head) {
  for (std::size_t i = 0; i < head.size(); ++i) {
    char c = head[i];
    if (c == '\0')
      return "The head holds a NUL byte.";
    if (c == '\n' && (i == 0 || head[i - 1] != '\r'))
      return "Lines of the head must end with CR LF.";
    if (c == '\r' && (i + 1 == head.size() || head[i + 1] != '\n'))
      return "The head holds a CR without LF.";
    bool opens_line = i > 0 && head[i - 1] == '\n';
    if (opens_line && (c == ' ' || c == '\t'))
      return "Header lines must not be folded.";
    if (c != '\r' && c != '\n' && is_control(c))
      return "The head holds a control character.";
  }
  return std::nullopt;
}

request_reader::state request_reader::read_head(std::string& in) {
  // RFC 9112 §2.2: an empty line before the request is let pass.
  if (!began_ && in.starts_with("\r\n")) {
    in.erase(0, 2);
    began_ = true;
  }
  if (in.empty() || (!began_ && in == "\r"))
    return state::head;
  began_ = true;
  // A TLS client on a plain port is told at once, not after a timeout.
  if (in[0] < 'A' || in[0] > 'Z')
    return refuse(framing_code, "This is not an HTTP request.");
  auto end = in.find("\r\n\r\n", scanned_);
  bool found = end != std::string::npos;
  auto size = found ? end + 4 : in.size();
  if (size > max_header_bytes_)
    return refuse(
        http_code::header_too_large,
        "Request line and header together may have at most "
            + std::to_string(max_header_bytes_) + " bytes.");
  std::string_view lines{in.data(), size};
  // A last CR may be the first half of a line's end.
  if (!found && lines.ends_with('\r'))
    lines.remove_suffix(1);
  if (auto wrong = check_lines(lines))
    return refuse(framing_code, *wrong);
  if (!found) {
    scanned_ = size < 3 ? 0 : size - 3;
    return state::head;
  }

  parser_ = std::make_unique<parser>(max_body_bytes_);
  auto& parse = parser_->parse;
  parse.header_limit(
      static_cast<std::uint32_t>(std::max<std::size_t>(size, 64)));
  // Checked below, where it gets its own words.
  parse.body_limit(boost::none);
  error_code failed;
  parse.put(boost::asio::buffer(in.data(), size), failed);
  if (!failed && !parse.is_header_done())
    failed = http::error::partial_message;
  if (failed)
    return refuse(
        framing_code, "The head can't be read: " + failed.message() + ".");
  in.erase(0, size);

  const auto& message = parse.get();
  if (message.target().size() > max_target_bytes)
    return refuse(
        http_code::uri_too_long, "The request target may have at most "
                                     + std::to_string(max_target_bytes)
                                     + " bytes.");
  if (std::distance(message.begin(), message.end())
      > static_cast<std::ptrdiff_t>(max_header_fields))
    return refuse(
        http_code::header_too_large, "There may be at most "
                                         + std::to_string(max_header_fields)
                                         + " header fields.");
  if (auto wrong = complaint_about(message); !wrong.empty())
    return refuse(framing_code, std::move(wrong));
  keep_head();
  auto expect = first_of(message, "Expect");
  if (!expect.empty() && !equal_ignoring_case(expect, "100-continue"))
    return refuse(
        http_code::expectation_failed, "Expect can only be 100-continue.");
  // RFC 9110 §10.1.1: nothing to expect of HTTP/1.0.
  head_.expects_continue = !expect.empty() && head_.version >= 11;
  return head_.has_body ? state::body : state::done;
}

void request_reader::keep_head() {
  const auto& message = parser_->parse.get();
  head_.method = std::string_view(message.method_string());
  head_.target = escape_query(std::string_view(message.target()));
  head_.version = message.version();
  head_.keep_alive = message.keep_alive();
  head_.authorization = first_of(message, "Authorization");
  head_.api_key = first_of(message, "x-api-key");
  head_.content_type = first_of(message, "Content-Type");
  head_.content_encoding = all_of(message, "Content-Encoding", ", ");
  head_.request_id = first_of(message, "X-Request-Id");
  head_.last_event_id = first_of(message, "Last-Event-ID");
  head_.idempotency_key = first_of(message, "Idempotency-Key");
  // Which of two is meant nobody can say (W3C Trace Context §3.2).
  if (message.count("traceparent") == 1)
    head_.traceparent = first_of(message, "traceparent");
  head_.cookie = all_of(message, "Cookie", "; ");
  head_.host = first_of(message, "Host");
  head_.origin = first_of(message, "Origin");
  head_.sec_fetch_site = first_of(message, "Sec-Fetch-Site");
  head_.forwarded_for = all_of(message, "X-Forwarded-For", ", ");
  if (message.count("If-Match") > 0)
    head_.if_match = all_of(message, "If-Match", ", ");
  if (message.count("If-None-Match") > 0)
    head_.if_none_match = all_of(message, "If-None-Match", ", ");
  head_.requested_method = first_of(message, "Access-Control-Request-Method");
  head_.requested_headers =
      all_of(message, "Access-Control-Request-Headers", ", ");
  if (auto length = parser_->parse.content_length())
    head_.content_length = *length;
  parser_->head_fields = count_of_head_fields(message);
  head_.has_body =
      parser_->parse.chunked() || head_.content_length.value_or(0) > 0;
}

request_reader::state request_reader::refuse_size() {
  return refuse(
      ec::too_large, "The body may have at most "
                         + std::to_string(max_body_bytes_) + " bytes.");
}

request_reader::state request_reader::read_body(std::string& in) {
  auto& parse = parser_->parse;
  if (parse.is_done() || !head_.has_body)
    return state::done;
  if (head_.content_length.value_or(0) > max_body_bytes_)
    return refuse_size();
  // A chunked body ends with five bytes at least; Beast asserts that it gets
  // so many for the last chunk.
  const std::size_t least = parse.chunked() ? 5 : 1;
  std::size_t taken = 0;
  std::string_view last;
  error_code failed;
  while (!failed && taken + least <= in.size() && !parse.is_done()) {
    last = std::string_view(in).substr(taken);
    auto bytes =
        parse.put(boost::asio::buffer(last.data(), last.size()), failed);
    last = last.substr(0, bytes);
    taken += bytes;
  }
  auto wrong = !failed && parse.is_done() && parse.chunked()
                   ? complaint_about_trailers(last)
                   : std::nullopt;
  in.erase(0, taken);
  if (failed == http::error::body_limit || body_size() > max_body_bytes_)
    return refuse_size();
  if (failed && failed != http::error::need_more)
    return refuse(
        framing_code, "The body can't be read: " + failed.message() + ".");
  if (wrong)
    return refuse(framing_code, std::move(*wrong));
  if (parse.is_done())
    return state::done;
  if (in.size() > max_unread_body_bytes)
    return refuse(framing_code, "A chunk's header is too long.");
  return state::body;
}

std::optional<std::string>
request_reader::complaint_about_trailers(std::string_view last_chunk) const {
  // The line end of the data before it.
  if (last_chunk.starts_with("\r\n"))
    last_chunk.remove_prefix(2);
  if (count_of_head_fields(parser_->parse.get()) != parser_->head_fields)
    return "A trailer holds a field that only a head may hold.";
  return check_lines(last_chunk);
}

} // namespace hansard
