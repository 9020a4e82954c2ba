#include "tools/benchmark/wire.hpp"

#include <algorithm>
#include <charconv>

namespace hansard::benchmark {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32)
                                : static_cast<char>(c);
  });
  return out;
}

std::string_view field(std::string_view head, std::string_view name) {
  auto at = head.find("\r\n" + std::string(name) + ":");
  if (at == std::string_view::npos)
    return {};
  auto value = head.substr(at + name.size() + 3);
  value = value.substr(0, value.find("\r\n"));
  while (value.starts_with(' '))
    value.remove_prefix(1);
  return value;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

} // namespace

std::optional<http_head> read_head(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos)
    return std::nullopt;
  const auto text = lower(bytes.substr(0, end + 2));
  http_head head;
  head.size = end + 4;
  if (text.starts_with("http/1.") && text.size() > 12)
    std::from_chars(text.data() + 9, text.data() + 12, head.status);
  head.chunked = field(text, "transfer-encoding") == "chunked";
  head.close = field(text, "connection") == "close";
  const auto length = field(text, "content-length");
  if (std::uint64_t value = 0;
      std::from_chars(length.data(), length.data() + length.size(), value).ec
      == std::errc{})
    head.content_length = value;
  return head;
}

chunked_decoder::state chunked_decoder::step(char c) {
  switch (place_) {
  case place::after_chunk:
    if (c == '\n')
      place_ = place::size;
    return c == '\r' || c == '\n' ? state::more : state::broken;
  case place::size:
    if (const int digit = hex_digit(c); digit >= 0) {
      size_ = size_ * 16 + static_cast<unsigned>(digit);
      return state::more;
    }
    place_ = c == '\r' ? place::size_feed : place::extension;
    return c == '\r' || c == ';' ? state::more : state::broken;
  case place::extension:
    if (c == '\r')
      place_ = place::size_feed;
    return state::more;
  case place::size_feed:
    remaining_ = size_;
    place_ = size_ == 0 ? place::trailer : place::after_chunk;
    size_ = 0;
    return c == '\n' ? state::more : state::broken;
  case place::trailer:
    if (c == '\n') {
      if (trailer_line_ == 0)
        return state::done;
      trailer_line_ = 0;
    } else if (c != '\r') {
      ++trailer_line_;
    }
    return state::more;
  }
  return state::broken;
}

} // namespace hansard::benchmark
