#include "events/text/log_line.hpp"

#include "events/text/json_text.hpp"
#include "events/text/utf8.hpp"

namespace hansard {
namespace {

constexpr std::size_t max_value_bytes = 2'048;

/// Characters that end a line for some who show it, or change the order in
/// which it is read: U+2028 and U+2029, the marks and embeddings of Unicode's
/// bidirectional algorithm, U+FEFF.
bool misleads(std::string_view sequence) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(sequence[i]);
  };
  if (sequence.size() != 3)
    return false;
  if (byte(0) == 0xe2 && byte(1) == 0x80)
    return byte(2) == 0x8e || byte(2) == 0x8f
           || (byte(2) >= 0xa8 && byte(2) <= 0xae);
  if (byte(0) == 0xe2 && byte(1) == 0x81)
    return byte(2) >= 0xa6 && byte(2) <= 0xa9;
  return byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf;
}

void append_control(std::string& out, unsigned char control) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (control) {
  case '\n':
    out += "\\n";
    return;
  case '\r':
    out += "\\r";
    return;
  case '\t':
    out += "\\t";
    return;
  default:
    out += "\\u00";
    out += digits[control >> 4];
    out += digits[control & 0xf];
  }
}

/// Valid UTF-8 without control characters: C0 and DEL as escapes that stay
/// escapes for who reads the JSON or the logfmt, C1 (which terminals obey too),
/// what misleads, and bad bytes as U+FFFD.
std::string cleaned(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    const auto length = character ? character->size : 0;
    const auto first = static_cast<unsigned char>(text.front());
    const bool c1 = length == 2 && first == 0xc2
                    && static_cast<unsigned char>(text[1]) < 0xa0;
    if (length == 0 || c1 || misleads(text.substr(0, length)))
      out += replacement_character;
    else if (first < 0x20 || first == 0x7f)
      append_control(out, first);
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

/// Without the beginning of a character whose end is cut off.
std::string_view cut(std::string_view value) {
  if (value.size() <= max_value_bytes)
    return value;
  auto size = max_value_bytes;
  while (size > 0 && (static_cast<unsigned char>(value[size]) & 0xc0) == 0x80)
    --size;
  return value.substr(0, size);
}

void append_member(
    std::string& out, log_style style, std::string_view name,
    std::string_view value) {
  const bool first = out.empty();
  if (style == log_style::json) {
    out += first ? "" : ",";
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
    return;
  }
  out += first ? "" : " ";
  out += name;
  out += '=';
  out += log_value(value);
}

} // namespace

std::string log_value(std::string_view text) {
  const bool bare = !text.empty() && text.find_first_of(" \"=\\") == text.npos;
  if (bare)
    return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

std::string log_event_text(
    log_style style, std::string_view name,
    std::span<const log_member> members) {
  std::string out;
  append_member(out, style, "event", name);
  for (const auto& member : members)
    append_member(out, style, member.name, cleaned(cut(member.value)));
  return out;
}

std::string log_message_text(log_style style, std::string_view message) {
  std::string out;
  append_member(out, style, "message", cleaned(message));
  return out;
}

std::string format_log_line(
    log_style style, timestamp at, std::string_view level,
    std::string_view said) {
  std::string out;
  append_member(out, style, "time", to_iso8601(at));
  append_member(out, style, "level", level);
  out += style == log_style::json ? ',' : ' ';
  out += said;
  return style == log_style::json ? '{' + out + '}' : out;
}

} // namespace hansard
