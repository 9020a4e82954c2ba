#include "events/text/utf8.hpp"

#include <utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace hansard {

namespace {

constexpr std::size_t max_character_bytes = 4;

/// Most text is ASCII, which eight bytes at a time tell.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if (word & 0x8080808080808080u)
      break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80)
    ++i;
  return i;
}

/// What a lead byte announces, well-formed or not.
std::size_t announced_bytes(unsigned char lead) {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

} // namespace

std::optional<utf8_character> first_character(std::string_view text) {
  // The library's next() throws at what is broken, and in text from outside
  // that can be every byte: so it is asked first, and read unchecked then.
  auto near = text.substr(0, max_character_bytes);
  if (utf8::find_invalid(near.begin(), near.end()) == near.begin())
    return std::nullopt;
  auto next = near.begin();
  auto point = static_cast<char32_t>(utf8::unchecked::next(next));
  return utf8_character{point, static_cast<std::size_t>(next - near.begin())};
}

std::size_t valid_utf8_prefix(std::string_view text) {
  auto plain = ascii_prefix(text);
  auto rest = text.substr(plain);
  auto end = utf8::find_invalid(rest.begin(), rest.end());
  return plain + static_cast<std::size_t>(end - rest.begin());
}

utf8_subpart broken_subpart(std::string_view text) {
  auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0xc2 || lead > 0xf4)
    return {1, false};
  auto announced = announced_bytes(lead);
  // From two bytes on, what can become a character does so with these.
  std::array<char, max_character_bytes> whole;
  whole.fill('\x80');
  auto size = std::min(text.size(), announced - 1);
  for (; size > 1; --size) {
    std::copy_n(text.begin(), size, whole.begin());
    std::fill(
        whole.begin() + static_cast<std::ptrdiff_t>(size), whole.end(), '\x80');
    if (is_utf8({whole.data(), announced}))
      break;
  }
  return {size, size == text.size()};
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) {
        return !continues_character(c);
      }));
}

std::size_t utf8_cut(std::string_view text, std::size_t limit) {
  if (limit >= text.size())
    return text.size();
  while (limit > 0 && continues_character(text[limit]))
    --limit;
  return limit;
}

void append_utf8(std::string& out, char32_t point) {
  utf8::unchecked::append(point, std::back_inserter(out));
}

} // namespace hansard
