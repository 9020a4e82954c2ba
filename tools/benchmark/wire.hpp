#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard::benchmark {

/// What is needed of the head of a response or request.
struct http_head {
  /// Of a response; 0 for a request.
  int status = 0;
  /// Bytes of the head, with its empty line.
  std::size_t size = 0;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  /// The peer closes the connection after this message.
  bool close = false;
};

/// Reads a head if `bytes` hold a whole one. A benchmark's own reader: it
/// believes what it reads, since both ends are its own.
std::optional<http_head> read_head(std::string_view bytes);

/// Takes chunked framing off a body that comes in pieces cut anywhere.
class chunked_decoder {
public:
  enum class state { more, done, broken };

  /// Calls on_body(std::string_view) for each piece of the body in `bytes`.
  template <class OnBody>
  state feed(std::string_view bytes, OnBody&& on_body) {
    while (!bytes.empty()) {
      if (remaining_ > 0) {
        const auto size = std::min<std::uint64_t>(remaining_, bytes.size());
        on_body(bytes.substr(0, size));
        bytes.remove_prefix(size);
        remaining_ -= size;
        continue;
      }
      const auto next = step(bytes.front());
      bytes.remove_prefix(1);
      if (next != state::more)
        return next;
    }
    return state::more;
  }

  void reset() { *this = {}; }

private:
  enum class place { after_chunk, size, extension, size_feed, trailer };

  /// One byte of framing.
  state step(char c);

  place place_ = place::size;
  std::uint64_t size_ = 0;
  std::uint64_t remaining_ = 0;
  std::size_t trailer_line_ = 0;
};

} // namespace hansard::benchmark
