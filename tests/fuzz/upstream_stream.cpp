#include "events/text/json_text.hpp"
#include "http/upstream/openai/openai_stream.hpp"
#include "http/upstream/sse_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

using namespace hansard;

namespace {

/// Small enough for the fuzzer to reach.
constexpr std::size_t max_event_bytes = 2048;

bool is_text(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  boost::json::error_code failed;
  boost::json::parse(quoted, failed);
  return !failed;
}

/// Hands a body out in pieces of `length` bytes.
template <class Feed>
void in_pieces(std::string_view body, std::size_t length, Feed&& feed) {
  for (std::size_t at = 0; at < body.size(); at += length)
    feed(body.substr(at, length));
}

struct collected_events final : sse_sink {
  void on_event(std::string_view type, std::string_view data) override {
    events.emplace_back(type, data);
  }
  std::vector<std::pair<std::string, std::string>> events;
};

collected_events read_events(std::string_view body, std::size_t length) {
  collected_events sink;
  sse_parser parser{max_event_bytes};
  bool going = true;
  in_pieces(body, length, [&](std::string_view piece) {
    going = going && parser.feed(piece, sink);
  });
  parser.finish(sink, false);
  return sink;
}

struct answer {
  token_run tokens;
  std::optional<ec> failed;
  upstream_finish finish;
};

answer read_answer(std::string_view body, std::size_t length) {
  answer out;
  openai_stream stream{max_event_bytes};
  in_pieces(body, length, [&](std::string_view piece) {
    stream.feed(piece, {}, out.tokens);
  });
  stream.end(true, {}, out.tokens);
  fuzz::require(stream.ended(), "an answer that is over has ended");
  if (const auto& failure = stream.failure()) {
    out.failed = failure->code;
    fuzz::require(
        !failure->message.empty() && is_text(failure->message)
            && failure->message.size() <= 500,
        "a failure says why, in at most 500 bytes");
    fuzz::require(
        !failure->retryable || !stream.began(),
        "what has begun is not tried again");
  } else {
    out.finish = stream.take_finish();
  }
  return out;
}

void check_answer(const answer& a) {
  std::size_t offset = 0;
  for (const auto& mark : a.tokens.marks) {
    auto token = std::string_view(a.tokens.text).substr(offset, mark.length);
    fuzz::require(!token.empty(), "no token is empty");
    fuzz::require(
        token.size() <= openai_stream::max_token_bytes, "none is too long");
    fuzz::require(is_text(token), "each is UTF-8");
    offset += mark.length;
  }
  fuzz::require(offset == a.tokens.text.size(), "the tokens are the text");
  fuzz::require(
      a.finish.tool_calls.size() <= openai_stream::max_tool_calls,
      "the number of tool calls is bounded");
  for (const auto& call : a.finish.tool_calls)
    for (const auto* text : {&call.id, &call.function, &call.arguments})
      fuzz::require(is_text(*text), "tool calls are UTF-8");
  fuzz::require(is_text(a.finish.finish_reason), "the reason is UTF-8");
}

} // namespace

/// Input: the length of the pieces (a byte), then what a model server sent.
/// Where the network cuts a stream does not count.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in{data, size};
  std::size_t length = 1 + in.byte();
  auto body = in.rest();
  auto whole = std::max<std::size_t>(1, body.size());
  fuzz::require(
      read_events(body, whole).events == read_events(body, length).events,
      "the same events however the stream is cut");

  auto one = read_answer(body, whole);
  auto many = read_answer(body, length);
  check_answer(one);
  fuzz::require(one.tokens == many.tokens, "the same tokens however it is cut");
  fuzz::require(one.failed == many.failed, "the same failure");
  fuzz::require(
      one.finish.ending == many.finish.ending
          && one.finish.finish_reason == many.finish.finish_reason
          && one.finish.usage == many.finish.usage
          && one.finish.tool_calls == many.finish.tool_calls,
      "the same end");
  return 0;
}
