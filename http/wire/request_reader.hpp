#pragma once

#include "http/message/problem.hpp"
#include "http/message/request_head.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// Reads one HTTP/1 request out of the bytes of a connection, strictly: where
/// two readers could see two different requests (RFC 9112 §11.2), it is
/// refused. Parsing is Beast's; what Beast lets pass is checked in front of it.
/// No I/O.
class request_reader {
public:
  enum class state {
    /// More bytes are needed for the head.
    head,
    /// The head is there; more bytes are needed for the body.
    body,
    /// The request is whole.
    done,
    /// See why(); what follows on the connection means nothing any more.
    refused,
  };

  /// @param max_header_bytes of request line and header together.
  request_reader(std::size_t max_header_bytes, std::uint64_t max_body_bytes);
  ~request_reader();

  /// Takes what belongs to this request from the front of `in`. Stops once
  /// after the head, so that it can be judged before any of the body is read:
  /// the next call goes on.
  state advance(std::string& in);
  /// What advance() last returned.
  state current() const { return current_; }

  /// @pre the head is there.
  const request_head& head() const { return head_; }
  /// Bytes of the body so far.
  std::size_t body_size() const;
  std::string take_body();
  const problem& why() const { return why_; }

private:
  struct parser;

  state refuse(ec code, std::string message);
  state refuse(http_code code, std::string message);
  state refuse(problem why);
  state read_head(std::string& in);
  void keep_head();
  state read_body(std::string& in);
  state refuse_size();
  /// @param last_chunk from the line of its size to the end of the trailers.
  std::optional<std::string>
  complaint_about_trailers(std::string_view last_chunk) const;

  std::size_t max_header_bytes_;
  std::uint64_t max_body_bytes_;
  /// Bytes at the front of the input known to hold no end of the head.
  std::size_t scanned_ = 0;
  /// The first byte came, or the one empty line that may be in front of it.
  bool began_ = false;
  request_head head_;
  problem why_;
  state current_ = state::head;
  std::unique_ptr<parser> parser_;
};

/// What is wrong with the framing of a head's lines, before it is parsed:
/// bare CR or LF, control characters, folded lines. `head` ends with the empty
/// line. Pure.
std::optional<std::string> check_lines(std::string_view head);

} // namespace hansard
