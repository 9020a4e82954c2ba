#include "http/upstream/upstream_text.hpp"

#include "events/text/utf8.hpp"

#include <algorithm>

namespace hansard {

namespace {

enum class found { pair, broken, unfinished };

/// What stands at the front of a text, and how many bytes of it.
struct sequence {
  found what;
  std::size_t size;
};

struct byte_range {
  unsigned char low;
  unsigned char high;
  bool holds(char c) const {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= low && byte <= high;
  }
};

constexpr byte_range continuation{0x80, 0xBF};
constexpr byte_range high_surrogate{0xA0, 0xAF};
constexpr byte_range low_surrogate{0xB0, 0xBF};

/// @pre `text` starts with 0xED and a second byte of a high surrogate.
sequence read_surrogate_pair(std::string_view text) {
  constexpr std::array<byte_range, 6> pair{
      {{0xED, 0xED},
       high_surrogate,
       continuation,
       {0xED, 0xED},
       low_surrogate,
       continuation}};
  for (std::size_t i = 2; i < pair.size(); ++i) {
    if (i == text.size())
      return {found::unfinished, i};
    if (!pair[i].holds(text[i]))
      return {found::broken, std::min<std::size_t>(i, 3)};
  }
  return {found::pair, pair.size()};
}

/// What is not valid at the front of `text`, or a pair of surrogates.
sequence read_sequence(std::string_view text) {
  if (text.front() == '\xED' && text.size() > 1) {
    if (high_surrogate.holds(text[1]))
      return read_surrogate_pair(text);
    // All of a lone half is one mistake.
    if (low_surrogate.holds(text[1])) {
      const bool whole = text.size() > 2 && continuation.holds(text[2]);
      return {found::broken, whole ? 3u : 2u};
    }
  }
  const auto part = broken_subpart(text);
  return {part.unfinished ? found::unfinished : found::broken, part.size};
}

/// Two surrogates of three bytes each as the one character they mean.
void append_pair(std::string& out, std::string_view pair) {
  auto bits = [&](std::size_t i) {
    return static_cast<std::uint32_t>(
        static_cast<unsigned char>(pair[i]) & 0x3Fu);
  };
  const auto high = (bits(1) << 6 | bits(2)) & 0x3FFu;
  const auto low = (bits(4) << 6 | bits(5)) & 0x3FFu;
  append_utf8(out, 0x10000u + (high << 10 | low));
}

} // namespace

void utf8_joiner::append(std::string& out, std::string_view piece) {
  std::string joined;
  if (waiting_size_ > 0) {
    joined.assign(waiting_.data(), waiting_size_).append(piece);
    piece = joined;
    waiting_size_ = 0;
  }
  while (true) {
    const auto valid = valid_utf8_prefix(piece);
    out.append(piece.substr(0, valid));
    piece.remove_prefix(valid);
    if (piece.empty())
      return;
    const auto next = read_sequence(piece);
    const auto bytes = piece.substr(0, next.size);
    if (next.what == found::unfinished) {
      std::copy(bytes.begin(), bytes.end(), waiting_.begin());
      waiting_size_ = static_cast<std::uint8_t>(bytes.size());
      return;
    }
    if (next.what == found::broken)
      out.append(replacement_character);
    else
      append_pair(out, bytes);
    piece.remove_prefix(next.size);
  }
}

void utf8_joiner::finish(std::string& out) {
  if (waiting_size_ > 0)
    out.append(replacement_character);
  waiting_size_ = 0;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  utf8_joiner joiner;
  joiner.append(out, text);
  joiner.finish(out);
  return out;
}

std::string clip_message(std::string_view text, std::size_t limit) {
  constexpr std::string_view ellipsis = "\xE2\x80\xA6";
  // Repair can only make it longer, so nothing that is kept is missed.
  auto line = to_valid_utf8(text.substr(0, limit + 8));
  for (auto& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      c = ' ';
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  if (line.size() <= limit && text.size() <= limit + 8)
    return line;
  line.resize(utf8_cut(line, limit - ellipsis.size()));
  return line.append(ellipsis);
}

} // namespace hansard
