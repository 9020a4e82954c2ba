#pragma once

#include "actors/controller.hpp"
#include "events/error.hpp"
#include "events/ids.hpp"
#include "events/message.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

/// The body of POST /api/chat.
struct chat_request {
  std::string agent;
  std::optional<session_id> session;
  /// At least one; none only with replace_from.
  std::vector<message> messages;
  history_hint history = history_hint::infer;
  busy_policy on_busy = busy_policy::refuse;
  std::optional<replace_point> replace_from;
};

/// More messages than this in one body are refused.
inline constexpr std::size_t max_request_messages = 10'000;

/// Reads the body of POST /api/chat. Pure.
///
/// Members that it does not know are ignored at the top and kept in
/// `message::extra` inside a message; null counts as absent. `content`,
/// `tool_calls` and what is kept in `extra` are the very bytes that arrived.
/// `origin` is left to the session.
/// @returns invalid_request; the message names the member, as in
///          messages[2].role.
result<chat_request> parse_chat_request(std::string_view body);

} // namespace hansard
