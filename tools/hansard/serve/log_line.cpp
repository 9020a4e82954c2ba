#include "tools/hansard/serve/log_line.hpp"

#include "events/text/json_text.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace hansard {
namespace {

using members = std::vector<std::pair<std::string, std::string>>;

/// Length of the UTF-8 sequence (RFC 3629) that `text` begins with; 0: none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first < 0xe0)
    return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first < 0xf0) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) >= 0xa0;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first < 0xf5) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool beyond = first == 0xf4 && byte(1) >= 0x90;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4
                                                                          : 0;
  }
  return 0;
}

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

/// Valid UTF-8 without control characters: C0 and DEL as escapes that JSON and
/// logfmt leave alone, C1 (which terminals obey too), what misleads, and bad
/// bytes as U+FFFD.
std::string cleaned(std::string_view text) {
  constexpr std::string_view replacement = "\xef\xbf\xbd";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto length = sequence_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool c1 = length == 2 && first == 0xc2
                    && static_cast<unsigned char>(text[1]) < 0xa0;
    if (length == 0 || c1 || misleads(text.substr(0, length)))
      out += replacement;
    else if (first < 0x20 || first == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(first));
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

bool is_name(std::string_view text) {
  return !text.empty()
         && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.")
                == text.npos;
}

/// Takes a value off the front of `rest`. nullopt: none is there.
std::optional<std::string> take_value(std::string_view& rest) {
  std::string value;
  if (!rest.starts_with('"')) {
    const auto end = std::min(rest.find(' '), rest.size());
    value = rest.substr(0, end);
    rest.remove_prefix(end);
    if (value.find('"') != value.npos)
      return std::nullopt;
    return value;
  }
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return value;
    }
    // Other escapes than these two stay as they are: they stand for what may
    // not be in a line.
    const bool escaped = rest[i] == '\\' && i + 1 < rest.size()
                         && (rest[i + 1] == '"' || rest[i + 1] == '\\');
    if (escaped)
      ++i;
    value += rest[i];
  }
  return std::nullopt;
}

/// The members of `name key=value …`, the name as "event", or of
/// `event=name key=value …`. nullopt: it is not of that form.
std::optional<members> parse_event(std::string_view message) {
  members found;
  // Members follow a space each.
  std::string padded;
  auto rest = message;
  if (message.starts_with("event=")) {
    padded = fmt::format(" {}", message);
    rest = padded;
  } else {
    const auto end = std::min(message.find(' '), message.size());
    found.emplace_back("event", message.substr(0, end));
    // One bare word may be text: "Ready" or "done".
    if (!is_name(found[0].second) || end == message.size())
      return std::nullopt;
    rest = message.substr(end);
  }
  while (!rest.empty()) {
    if (rest.front() != ' ')
      return std::nullopt;
    rest.remove_prefix(1);
    const auto equals = rest.find('=');
    if (equals == rest.npos || !is_name(rest.substr(0, equals)))
      return std::nullopt;
    std::string key(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    auto value = take_value(rest);
    if (!value)
      return std::nullopt;
    found.emplace_back(std::move(key), std::move(*value));
  }
  return found;
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

std::string format_log_line(
    log_style style, timestamp at, std::string_view level,
    std::string_view message) {
  const auto text = cleaned(message);
  auto found = parse_event(text);
  if (!found)
    found = members{{"message", text}};
  const auto time = to_iso8601(at);
  std::string out;
  if (style == log_style::json) {
    json_object_writer object{out};
    object.text("time", time).text("level", level);
    for (const auto& [key, value] : *found)
      object.text(key, value);
    object.close();
    return out;
  }
  out = fmt::format("time={} level={}", time, level);
  for (const auto& [key, value] : *found)
    out += fmt::format(" {}={}", key, log_value(value));
  return out;
}

} // namespace hansard
