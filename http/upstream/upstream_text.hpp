#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hansard {

/// Joins pieces of a stranger's text into valid UTF-8. What is not UTF-8
/// becomes U+FFFD, one for each maximal subpart (Unicode 15, chapter 3.9). A
/// sequence that a piece leaves unfinished waits for the next piece, and so
/// does the first half of a surrogate pair that came as its own three bytes:
/// servers that cut their text at model tokens send both.
class utf8_joiner {
public:
  /// Appends `piece`, as far as it is finished, to `out`.
  void append(std::string& out, std::string_view piece);
  /// The text is over: what waits becomes U+FFFD.
  void finish(std::string& out);

private:
  std::array<char, 5> waiting_{};
  std::uint8_t waiting_size_ = 0;
};

/// `text` with all that is not UTF-8 replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);

inline constexpr std::size_t max_upstream_message_bytes = 500;

/// A stranger's words as part of an error message: valid UTF-8 in one line, at
/// most `limit` bytes, an ellipsis where it was cut.
std::string clip_message(
    std::string_view text, std::size_t limit = max_upstream_message_bytes);

} // namespace hansard
