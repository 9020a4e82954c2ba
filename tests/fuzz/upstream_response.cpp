#include "http/upstream/upstream_response.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

using namespace hansard;

namespace {

using state = upstream_response::state;

struct collector final : upstream_response_sink {
  void on_head(const upstream_head& got) override {
    head = got;
    ++heads;
  }
  void on_body(std::string_view bytes) override {
    fuzz::require(heads == 1, "a body comes behind its head");
    body.append(bytes);
  }

  upstream_head head;
  int heads = 0;
  std::string body;
};

struct outcome {
  collector got;
  state before_end;
  state end;
  bool reusable = false;
};

outcome read_response(std::string_view bytes, std::size_t length) {
  outcome out;
  upstream_response response(out.got);
  for (std::size_t at = 0; at < bytes.size(); at += length)
    response.feed(bytes.substr(at, length));
  out.before_end = response.current();
  out.reusable = response.reusable();
  out.end = response.end();
  fuzz::require(
      out.end != state::reading, "a connection that is over ends a response");
  fuzz::require(
      out.end != state::bad || !response.problem().empty(),
      "a bad response says what is wrong");
  fuzz::require(out.got.heads <= 1, "there is one head");
  fuzz::require(
      out.end != state::done || (out.got.heads == 1 && response.head_done()),
      "a whole response has a head");
  fuzz::require(
      out.got.heads == 0 || out.got.head.status / 100 != 1,
      "an interim head is no head");
  fuzz::require(
      out.got.body.size() <= bytes.size(), "a body is no more than was sent");
  return out;
}

} // namespace

/// Input: the length of the pieces (a byte), then what a model server sent.
/// Where the network cuts a response does not count.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in{data, size};
  std::size_t length = 1 + in.byte();
  auto bytes = in.rest();
  auto one = read_response(bytes, std::max<std::size_t>(1, bytes.size()));
  auto many = read_response(bytes, length);
  // What is bad may be found out sooner or later: a start line that comes in
  // one piece is judged before the head is whole.
  fuzz::require(
      (one.before_end == state::done) == (many.before_end == state::done)
          && one.end == many.end,
      "it ends the same however it is cut");
  fuzz::require(one.reusable == many.reusable, "so does the connection");
  if (one.end == state::bad)
    return 0;
  fuzz::require(
      one.got.head.status == many.got.head.status
          && one.got.head.content_type == many.got.head.content_type
          && one.got.head.content_encoding == many.got.head.content_encoding
          && one.got.head.retry_after == many.got.head.retry_after
          && one.got.head.retry_after_ms == many.got.head.retry_after_ms,
      "the same head however it is cut");
  fuzz::require(one.got.body == many.got.body, "the same body");
  return 0;
}
