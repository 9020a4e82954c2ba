#include "http/routes/chat/chat_request.hpp"

#include "events/codec/codec.hpp"
#include "events/text/json_text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <boost/json.hpp>

using namespace hansard;

namespace {

namespace json = boost::json;

bool is_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 128;
  json::error_code failed;
  json::parse(text, failed, {}, options);
  return !failed;
}

bool is_text(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return is_json(quoted);
}

void check_message(const message& m, std::string_view body) {
  fuzz::require(
      body.find(m.content) != body.npos || m.content == "null",
      "content is the very bytes that arrived");
  fuzz::require(
      body.find(m.tool_calls) != body.npos, "and so are the tool calls");
  fuzz::require(is_json(m.content), "content is JSON");
  for (const auto* raw : {&m.tool_calls, &m.extra})
    fuzz::require(raw->empty() || is_json(*raw), "what is kept is JSON");
  for (const auto* text : {&m.name, &m.tool_call_id})
    fuzz::require(is_text(*text), "an unescaped member is UTF-8");
}

void check_record(const chat_request& request) {
  event received = messages_received{{}, {}, 0, request.messages};
  std::string bytes;
  encode(received, bytes);
  auto read = decode(type_of(received), schema_of(received), bytes);
  fuzz::require(read && *read == received, "a request can be recorded");
  auto line = to_json({{1}, control_stream, {1}, {}, std::move(received)});
  fuzz::require(
      line.find('\n') == line.npos && is_json(line),
      "what was recorded can be printed as a line of JSON");
}

} // namespace

/// Input: the body of POST /api/chat. What is accepted is fit to be recorded,
/// sent on and shown; what is not gets invalid_request with a message.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto body = fuzz::input{data, size}.rest();
  auto request = parse_chat_request(body);
  if (!request) {
    const auto& why = request.error();
    fuzz::require(
        why.code == ec::invalid_request || why.code == ec::too_large,
        "a refused body is an invalid request");
    fuzz::require(!why.message.empty(), "and the answer says why");
    fuzz::require(is_text(why.message), "in UTF-8");
    return 0;
  }
  fuzz::require(is_json(body), "what is accepted is JSON");
  fuzz::require(!request->messages.empty(), "with something to answer");
  fuzz::require(
      is_text(request->agent) && !request->agent.empty(), "to somebody");
  for (const auto& m : request->messages)
    check_message(m, body);
  check_record(*request);
  return 0;
}
