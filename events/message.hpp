#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hansard {

/// Persisted; do not change existing values.
enum class role : std::uint8_t {
  system = 0,
  user = 1,
  assistant = 2,
  tool = 3
};

std::string_view to_string(role value);
std::optional<role> role_from(std::string_view name);

/// Where a message came from. Persisted; do not change existing values.
enum class origin : std::uint8_t {
  /// A client's own words.
  client = 0,
  /// An assistant message that a client brought and this server did not
  /// generate.
  claimed = 1,
  /// This server's record of what the model said.
  generated = 2,
};

std::string_view to_string(origin value);

/// One message of a conversation, kept as it arrived: the raw members are the
/// very bytes of the request, valid UTF-8 JSON, never re-encoded.
struct message {
  hansard::role role = role::user;
  hansard::origin origin = origin::client;
  /// JSON text of `content`: a string, an array of content blocks, or null.
  std::string content;
  /// `name`, unescaped; empty: absent.
  std::string name;
  /// JSON text of `tool_calls`; empty: absent.
  std::string tool_calls;
  /// `tool_call_id`, unescaped; empty: absent.
  std::string tool_call_id;
  /// JSON object of the members that Hansard does not know; empty: none.
  std::string extra;

  bool operator==(const message&) const = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(role, origin, content, name, tool_calls, tool_call_id, extra);
  }
};

/// The text that a reader sees: a JSON string's value, or the `text` members
/// of content blocks joined; empty where there is none.
/// @param content_json `message::content`; anything that is not valid JSON
///        gives an empty text.
std::string plain_text(std::string_view content_json);

/// A digest by which the same message is known again when a client repeats
/// it: role, text or blocks, tool calls and tool call id, whatever the spacing,
/// member order or escapes of the JSON. A single text block equals the string;
/// null, "" and an absent content are the same, as are null, [] and absent tool
/// calls, and white space around a text does not count. `name`, `origin` and
/// unknown members do not count. 64 bits, not for security.
std::uint64_t match_digest(const message& m);

/// A title from the first user message: its first line, white space folded,
/// cut at a word within 80 characters (code points); "New chat" if it has no
/// text.
std::string title_from(std::string_view content_json);

} // namespace hansard
