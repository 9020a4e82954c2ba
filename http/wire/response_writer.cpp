#include "http/wire/response_writer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/serializer.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

namespace hansard {

namespace {

namespace http = boost::beast::http;
using reply_head = http::response<http::empty_body>;

/// RFC 9110 §5.6.7; made once a second on each thread.
std::string_view date_now() {
  thread_local std::time_t made_at = 0;
  thread_local char text[32];
  auto now = std::time(nullptr);
  if (now != made_at) {
    constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed",
                                    "Thu", "Fri", "Sat"};
    constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::snprintf(
        text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT",
        days[utc.tm_wday], utc.tm_mday % 100, months[utc.tm_mon],
        (utc.tm_year + 1900) % 10000, utc.tm_hour % 100, utc.tm_min % 100,
        utc.tm_sec % 100);
    made_at = now;
  }
  return text;
}

boost::beast::string_view to_beast(std::string_view text) {
  return {text.data(), text.size()};
}

void set(reply_head& head, std::string_view name, std::string_view value) {
  auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
  if (std::none_of(value.begin(), value.end(), breaks))
    head.set(to_beast(name), to_beast(value));
}

/// RFC 9110 §8.6: 204 and 304 have no body, and say nothing of its length.
bool has_body(const response& r) { return r.status != 204 && r.status != 304; }

reply_head make_head(
    const response& r, std::string_view request_id,
    const response_framing& how) {
  reply_head head;
  head.version(how.version);
  head.result(r.status);
  set(head, "Date", date_now());
  set(head, "Server", "hansard");
  if (!r.content_type.empty() && has_body(r))
    set(head, "Content-Type", r.content_type);
  set(head, "Cache-Control", "no-store");
  set(head, "X-Content-Type-Options", "nosniff");
  set(head, "Content-Security-Policy",
      "default-src 'none'; frame-ancestors 'none'");
  set(head, "Referrer-Policy", "no-referrer");
  if (how.hsts_max_age.count() > 0)
    set(head, "Strict-Transport-Security",
        "max-age=" + std::to_string(how.hsts_max_age.count()));
  set(head, "X-Request-Id", request_id);
  for (const auto& [name, value] : r.headers)
    set(head, name, value);
  head.keep_alive(how.keep_alive);
  return head;
}

std::string serialize(const reply_head& head) {
  std::string out;
  http::response_serializer<http::empty_body> serializer{head};
  serializer.split(true);
  boost::system::error_code failed;
  while (!failed && !serializer.is_header_done())
    serializer.next(failed, [&](auto&, const auto& buffers) {
      for (auto at = boost::asio::buffer_sequence_begin(buffers);
           at != boost::asio::buffer_sequence_end(buffers); ++at) {
        boost::asio::const_buffer piece = *at;
        out.append(static_cast<const char*>(piece.data()), piece.size());
      }
      serializer.consume(boost::beast::buffer_bytes(buffers));
    });
  return out;
}

} // namespace

std::string to_bytes(
    const response& r, std::string_view request_id,
    const response_framing& how) {
  auto head = make_head(r, request_id, how);
  if (has_body(r))
    head.content_length(r.body.size());
  auto out = serialize(head);
  if (!how.head_only && has_body(r))
    out += r.body;
  return out;
}

std::string to_stream_head(
    const response& r, std::string_view request_id,
    const response_framing& how) {
  auto head = make_head(r, request_id, how);
  if (how.version >= 11)
    head.chunked(true);
  return serialize(head);
}

std::size_t close_chunk(std::string& out, std::size_t at) {
  char digits[8];
  auto size = out.size() - at - chunk_room;
  auto end = std::to_chars(digits, digits + sizeof digits, size, 16).ptr;
  auto length = static_cast<std::size_t>(end - digits);
  auto begin = at + chunk_room - 2 - length;
  std::copy(digits, end, out.begin() + static_cast<std::ptrdiff_t>(begin));
  out[at + chunk_room - 2] = '\r';
  out[at + chunk_room - 1] = '\n';
  out += "\r\n";
  return begin;
}

} // namespace hansard
