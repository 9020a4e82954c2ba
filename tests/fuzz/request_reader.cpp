#include "http/wire/request_reader.hpp"

#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace hansard;

namespace {

/// Small enough for the fuzzer to reach.
constexpr std::size_t max_header_bytes = 2048;
constexpr std::uint64_t max_body_bytes = 512;

using state = request_reader::state;

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

/// All that is kept of a request, in one text.
std::string request_of(request_reader& reader) {
  const auto& head = reader.head();
  std::string out;
  for (const auto& field :
       {head.method,
        head.target,
        std::to_string(head.version),
        std::to_string(head.keep_alive),
        std::to_string(head.has_body),
        std::to_string(head.expects_continue),
        head.authorization,
        head.api_key,
        head.content_type,
        head.request_id,
        head.last_event_id,
        head.idempotency_key,
        head.traceparent,
        head.cookie,
        head.host,
        head.origin,
        head.sec_fetch_site,
        head.forwarded_for,
        head.if_match.value_or(""),
        head.if_none_match.value_or(""),
        head.requested_method}) {
    fuzz::require(
        std::none_of(field.begin(), field.end(), is_control),
        "no field of a head holds a control character");
    out.append(field).append(1, '\n');
  }
  fuzz::require(
      head.version == 10 || head.version == 11, "the version is one of two");
  fuzz::require(
      !head.method.empty() && !head.target.empty(),
      "a request has a method and a target");
  auto size = reader.body_size();
  auto body = reader.take_body();
  fuzz::require(body.size() == size, "the body is as large as was said");
  fuzz::require(size <= max_body_bytes, "no body is over its limit");
  fuzz::require(
      !head.content_length || *head.content_length == size,
      "a body is as long as its head announces");
  fuzz::require(head.has_body || body.empty(), "no body where none is");
  return out + body;
}

struct outcome {
  std::vector<std::string> requests;
  /// After the last byte.
  state end = state::head;

  bool operator==(const outcome&) const = default;
};

/// Reads all requests of a connection that come in pieces of `length` bytes.
outcome read_connection(std::string_view bytes, std::size_t length) {
  outcome out;
  std::string in;
  std::optional<request_reader> reader;
  reader.emplace(max_header_bytes, max_body_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += length) {
    in.append(bytes.substr(at, length));
    for (bool goes_on = true; goes_on;) {
      auto before = reader->current();
      out.end = reader->advance(in);
      switch (out.end) {
      case state::refused:
        fuzz::require(
            reader->why().status >= 400 && reader->why().status < 500
                && !reader->why().message.empty(),
            "a refusal is the client's fault, and says which");
        return out;
      case state::done:
        out.requests.push_back(request_of(*reader));
        reader.emplace(max_header_bytes, max_body_bytes);
        goes_on = !in.empty();
        break;
      case state::body:
        // It stops once behind the head.
        goes_on = before == state::head;
        break;
      case state::head:
        goes_on = false;
      }
    }
  }
  return out;
}

} // namespace

/// Input: the length of the pieces (a byte), then what a client sent. Where the
/// network cuts a connection does not count: two readers see the same requests,
/// and refuse the same.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input in{data, size};
  std::size_t length = 1 + in.byte();
  auto bytes = in.rest();
  auto whole = read_connection(bytes, std::max<std::size_t>(1, bytes.size()));
  fuzz::require(
      whole == read_connection(bytes, length),
      "the same requests however the connection is cut");
  return 0;
}
