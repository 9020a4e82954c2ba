#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hansard {

/// Takes the events of a stream.
class sse_sink {
public:
  /// @param type The `event:` field; empty: "message".
  /// @param data The `data:` lines, joined by "\n". Both are valid during the
  ///        call only.
  virtual void on_event(std::string_view type, std::string_view data) = 0;

protected:
  ~sse_sink() = default;
};

/// Reads text/event-stream as WHATWG HTML §9.2.6 has it, in pieces of any
/// size: LF, CR and CRLF, comments, a byte order mark, several `data:` lines.
/// `id:` and `retry:` are passed over: a model server's stream can't be
/// resumed. An event whose lines lie in one piece is handed out without a
/// copy, and between the events of such a stream nothing is held.
class sse_parser {
public:
  static constexpr std::size_t default_max_bytes = 1024 * 1024;

  /// @param max_bytes Limit of a line, and of an event's data.
  explicit sse_parser(std::size_t max_bytes = default_max_bytes)
      : max_bytes_(max_bytes) {}

  /// @returns false once a limit is passed; then nothing is read any more.
  bool feed(std::string_view bytes, sse_sink& sink);

  /// The stream is over. Unlike a browser, takes the last event also when the
  /// blank line behind it is missing.
  /// @param whole The body came to its end. Else a line without an end is
  ///        dropped, since it may have been cut.
  void finish(sse_sink& sink, bool whole);

private:
  bool take_line(std::string_view line, bool stays, sse_sink& sink);
  bool add_data(std::string_view value, bool stays);
  void dispatch(sse_sink& sink);
  void keep_view();

  std::size_t max_bytes_;
  /// The beginning of a line whose end has not come.
  std::string line_;
  std::string type_;
  std::string data_;
  /// The event's only data line so far, if it lies in the piece being read.
  std::string_view view_;
  bool has_data_ = false;
  bool data_is_view_ = false;
  bool at_start_ = true;
  /// The last byte was a CR: an LF that follows belongs to it.
  bool after_cr_ = false;
  bool failed_ = false;
};

} // namespace hansard
