#pragma once

#include "http/upstream/upstream_errors.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hansard {

/// Takes one response.
class upstream_response_sink {
public:
  virtual void on_head(const upstream_head& head) = 0;
  /// A piece of the body, without its chunk framing. Valid during the call.
  virtual void on_body(std::string_view bytes) = 0;

protected:
  ~upstream_response_sink() = default;
};

/// Reads one HTTP/1.x response in pieces of any size: chunked, with a length,
/// or up to the end of the connection; interim responses (1xx) are passed
/// over. Pure. The body goes through without a copy; what is held between
/// pieces is the head while it is incomplete (at most 64 KiB), or the bytes of
/// a chunk's header that was cut.
class upstream_response {
public:
  enum class state { reading, done, bad };

  static constexpr std::size_t max_head_bytes = 64 * 1024;
  static constexpr std::size_t max_interim_responses = 8;

  explicit upstream_response(upstream_response_sink& sink);
  ~upstream_response();

  /// @returns bad: not HTTP, or over a limit; problem() says it.
  state feed(std::string_view bytes);
  /// The connection ended. done: the response was whole, so far as HTTP can
  /// tell.
  state end();

  state current() const { return state_; }
  bool head_done() const;
  /// The connection can carry another request: the response is whole, nothing
  /// lies behind it, and the server keeps the connection.
  bool reusable() const;
  const std::string& problem() const { return problem_; }

private:
  class parser;

  upstream_response_sink* sink_;
  std::unique_ptr<parser> parser_;
  std::string rest_;
  std::string problem_;
  std::size_t interim_ = 0;
  state state_ = state::reading;
  bool excess_ = false;
};

} // namespace hansard
