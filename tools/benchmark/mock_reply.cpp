#include "tools/benchmark/mock_reply.hpp"

#include <array>
#include <charconv>

namespace hansard::benchmark {

namespace {

constexpr std::string_view event_begin =
    R"(data: {"id":"chatcmpl-9mVq0fJbX2uTz7Lr","object":"chat.completion.chunk",)"
    R"("created":1779978645,"model":"mock","system_fingerprint":"fp_bench",)"
    R"("choices":)";
constexpr std::string_view delta_begin = R"([{"index":0,"delta":{"content":")";
constexpr std::string_view delta_end =
    R"("},"logprobs":null,"finish_reason":null}],"usage":null})"
    "\n\n";

void append_chunk(
    std::string& out, std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (auto part : parts)
    size += part.size();
  std::array<char, 16> hex;
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), size, 16);
  out.append(hex.data(), end.ptr).append("\r\n");
  for (auto part : parts)
    out.append(part);
  out.append("\r\n");
}

} // namespace

reply_writer::reply_writer() {
  begin_ = "HTTP/1.1 200 OK\r\n"
           "Content-Type: text/event-stream; charset=utf-8\r\n"
           "Cache-Control: no-cache\r\n"
           "Transfer-Encoding: chunked\r\n\r\n";
  append_chunk(
      begin_,
      {event_begin, R"([{"index":0,"delta":{"role":"assistant","content":""},)"
                    R"("logprobs":null,"finish_reason":null}],"usage":null})"
                    "\n\n"});
  const std::string room(stamp_size, '-');
  append_chunk(stamped_, {event_begin, delta_begin, room, delta_end});
  stamp_at_ = stamped_.find(room);
}

void reply_writer::begin(std::string& out) const { out.append(begin_); }

void reply_writer::stamp(std::string& out, token_stamp stamp) const {
  const auto at = out.size() + stamp_at_;
  out.append(stamped_);
  write_stamp(out.data() + at, stamp);
}

void reply_writer::word(std::string& out, std::string_view text) const {
  append_chunk(out, {event_begin, delta_begin, text, delta_end});
}

void reply_writer::end(std::string& out, std::uint32_t tokens) const {
  append_chunk(
      out,
      {event_begin,
       R"([{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],)"
       R"("usage":null})"
       "\n\n"});
  const auto completion = std::to_string(tokens);
  const auto total = std::to_string(tokens + 9);
  append_chunk(
      out,
      {event_begin, R"([],"usage":{"prompt_tokens":9,"completion_tokens":)",
       completion, R"(,"total_tokens":)", total,
       R"(,"prompt_tokens_details":{"cached_tokens":0},)"
       R"("completion_tokens_details":{"reasoning_tokens":0}}})"
       "\n\n"});
  append_chunk(out, {"data: [DONE]\n\n"});
  out.append("0\r\n\r\n");
}

std::string whole_response(std::string_view status, std::string_view json) {
  std::string out = "HTTP/1.1 ";
  out.append(status).append("\r\nContent-Type: application/json\r\n");
  out.append("Content-Length: ").append(std::to_string(json.size()));
  return out.append("\r\n\r\n").append(json);
}

} // namespace hansard::benchmark
