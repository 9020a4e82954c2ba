#pragma once

#include "http/connection/connection.hpp"
#include "http/wire/response_writer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hansard {

/// What is left of a request when its answer is sent.
struct connection::answered {
  response_framing framing;
  std::string method;
  std::string_view route;
  std::string request_id;
  principal who;
  std::uint64_t revocations = 0;
  std::string chats_with;
  std::string session;
  trace_context trace;
  clock::time_point began;
};

} // namespace hansard
