#pragma once

#include "actors/llm_backend.hpp"
#include "http/upstream/sse_parser.hpp"
#include "http/upstream/upstream_text.hpp"

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// The body of a chat completion, piece by piece, as tokens and an end. Pure:
/// knows no socket and no clock. Takes what OpenAI-compatible servers send in
/// practice, in either form:
/// - server-sent events, one `chat.completion.chunk` each, with or without a
///   closing [DONE];
/// - one `chat.completion` document, from servers that do not stream.
/// Of several choices only the first (index 0) is taken.
class openai_stream final : private sse_sink {
public:
  static constexpr std::size_t max_tool_calls = 128;
  /// Of all tool calls of an answer together.
  static constexpr std::size_t max_tool_call_bytes = 4 * 1024 * 1024;
  /// Of an answer that is one document.
  static constexpr std::size_t max_document_bytes = 4 * 1024 * 1024;
  /// A longer piece becomes several tokens.
  static constexpr std::size_t max_token_bytes = 16 * 1024;

  explicit openai_stream(
      std::size_t max_event_bytes = sse_parser::default_max_bytes)
      : events_(max_event_bytes) {}

  /// Reads on. The tokens that `bytes` completed are added to `out`, all with
  /// the time `at`. Nothing is read behind the end.
  void feed(std::string_view bytes, timestamp at, token_run& out);

  /// The body is over.
  /// @param whole false: it broke off.
  void end(bool whole, timestamp at, token_run& out);

  /// [DONE] was seen, or end() was called, or it failed: nothing more is read.
  bool ended() const { return ended_; }
  /// Some output of the model has come: text or part of a tool call.
  bool began() const { return began_; }
  /// The answer is complete, though usage or [DONE] may follow.
  bool has_finish_reason() const { return has_finish_reason_; }

  /// Set if it failed. upstream_truncated: it ended without a finish reason.
  /// Not retryable once it began.
  const std::optional<upstream_failure>& failure() const { return failure_; }
  /// @pre No failure, and ended() or has_finish_reason().
  upstream_finish take_finish();
  /// reported; none: nothing usable was.
  token_usage usage() const;
  /// The finish reason is one that Hansard knows.
  bool knows_finish_reason() const { return knows_finish_reason_; }
  /// It begins like a page of HTML or XML.
  bool is_markup() const { return is_markup_; }

private:
  enum class form { unknown, events, document };

  void on_event(std::string_view type, std::string_view data) override;
  void recognise(std::string_view bytes);
  void read_event(std::string_view type, const boost::json::value& value);
  bool read_lines(std::string_view type, std::string_view data);
  void read_done();
  void read_document();
  void read_chunk(const boost::json::object& root);
  void read_choice(const boost::json::object& choice);
  void read_finish_reason(std::string_view reason);
  void read_part(const boost::json::object& part, bool whole);
  void read_content(const boost::json::value& content, token_channel channel);
  void read_block(const boost::json::object& block, token_channel channel);
  void read_tool_calls(const boost::json::array& calls, bool whole);
  void read_tool_call(
      const boost::json::object& call, std::optional<std::size_t> at);
  tool_call_generated*
  tool_call_at(std::optional<std::size_t> index, std::string_view id);
  void
  read_function(tool_call_generated& call, const boost::json::object& function);
  void read_usage(const boost::json::object& usage);
  void add_text(token_channel channel, std::string_view text);
  void mark_tokens(token_channel channel, std::size_t from);
  void flush_text();
  void grow(std::string& text, std::string_view by);
  void fail(upstream_failure failure);
  void fail(ec code, std::string_view message);

  sse_parser events_;
  std::string document_;
  form form_ = form::unknown;
  bool began_ = false;
  bool ended_ = false;
  bool has_finish_reason_ = false;
  bool knows_finish_reason_ = true;
  bool has_choice_ = false;
  bool is_markup_ = false;
  utf8_joiner answer_;
  utf8_joiner reasoning_;
  std::size_t tool_call_bytes_ = 0;
  /// For deltas that do not say which call they belong to.
  std::size_t last_tool_call_ = 0;
  upstream_finish finish_;
  std::optional<upstream_failure> failure_;
  /// Of the feed() under way.
  token_run* out_ = nullptr;
  timestamp at_;
};

} // namespace hansard
