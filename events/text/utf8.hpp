#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond
/// U+10FFFF. Pure; any thread; takes any bytes, and throws nothing.
namespace hansard {

/// U+FFFD, which stands for bytes that are not UTF-8.
inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// One character (code point) and the bytes that it takes, 1 to 4.
struct utf8_character {
  char32_t point = 0;
  std::size_t size = 0;
};

/// The character that `text` begins with; nullopt: with none.
std::optional<utf8_character> first_character(std::string_view text);

/// Bytes at the front of `text` that are valid.
std::size_t valid_utf8_prefix(std::string_view text);

/// True also for an empty text.
inline bool is_utf8(std::string_view text) {
  return valid_utf8_prefix(text) == text.size();
}

/// The maximal subpart (Unicode 15, chapter 3.9) of a text that begins with no
/// character: how many bytes one U+FFFD stands for.
struct utf8_subpart {
  /// 1 to 3.
  std::size_t size = 0;
  /// More bytes behind these could still make it a character.
  bool unfinished = false;
};

/// @pre !text.empty() and !first_character(text).
utf8_subpart broken_subpart(std::string_view text);

/// Whether `byte` goes on with a character that another byte began.
constexpr bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/// Characters of valid UTF-8. Of other bytes: those that begin something.
std::size_t count_characters(std::string_view text);

/// The largest n <= `limit` at which valid UTF-8 can be cut.
std::size_t utf8_cut(std::string_view text, std::size_t limit);

/// At most `max_bytes` of valid UTF-8 from the front, whole characters.
inline std::string cut_utf8(std::string_view text, std::size_t max_bytes) {
  return std::string(text.substr(0, utf8_cut(text, max_bytes)));
}

/// @pre `point` is a character: no surrogate, at most U+10FFFF.
void append_utf8(std::string& out, char32_t point);

} // namespace hansard
