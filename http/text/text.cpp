#include "http/text/text.hpp"

#include "events/text/utf8.hpp"

#include <algorithm>

namespace hansard {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

} // namespace

bool is_printable(std::string_view text, std::size_t max_characters) {
  std::size_t characters = 0;
  while (!text.empty()) {
    auto next = first_character(text);
    if (++characters > max_characters || !next)
      return false;
    if (next->point < 0x20 || (next->point >= 0x7f && next->point < 0xa0))
      return false;
    text.remove_prefix(next->size);
  }
  return characters > 0;
}

bool is_header_safe(std::string_view text, std::size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes
         && std::all_of(text.begin(), text.end(), [](char c) {
              return c >= 0x20 && c < 0x7f;
            });
}

std::string_view trimmed(std::string_view text, std::string_view space) {
  auto begin = text.find_first_not_of(space);
  if (begin == text.npos)
    return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::string to_upper(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'a' && c <= 'z')
      c = char(c - 32);
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return lower(x) == lower(y);
  });
}

} // namespace hansard
