#include "http/message/request_ids.hpp"

#include "events/ids.hpp"

#include <openssl/rand.h>

#include <array>
#include <chrono>
#include <cstdint>

namespace hansard {

std::string new_request_id() {
  std::array<std::uint64_t, 2> random{};
  RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), sizeof random);
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return "req_"
         + to_base32(make_ulid(
             static_cast<std::uint64_t>(ms.count()), random[0], random[1]));
}

trace_context begin_trace(std::string_view traceparent) {
  if (auto given = read_traceparent(traceparent))
    return next_span(*given);
  trace_context out;
  RAND_bytes(out.trace.data(), out.trace.size());
  return next_span(out);
}

trace_context next_span(const trace_context& from) {
  auto out = from;
  RAND_bytes(out.span.data(), out.span.size());
  // Zeros are no id, however unlikely they are.
  out.span.back() |= 1;
  return out;
}

} // namespace hansard
