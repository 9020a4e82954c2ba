#include "http/text/text.hpp"

#include <algorithm>
#include <cstdint>

namespace hansard {

namespace {

/// Takes one code point off the front. False: not UTF-8.
bool take_code_point(std::string_view& text, std::uint32_t& point) {
  auto lead = static_cast<unsigned char>(text.front());
  std::size_t length = lead < 0x80   ? 1
                       : lead < 0xc2 ? 0
                       : lead < 0xe0 ? 2
                       : lead < 0xf0 ? 3
                       : lead < 0xf5 ? 4
                                     : 0;
  if (length == 0 || text.size() < length)
    return false;
  point = length == 1 ? lead : lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if ((c & 0xc0) != 0x80)
      return false;
    point = point << 6 | (c & 0x3fu);
  }
  text.remove_prefix(length);
  bool overlong = (length == 3 && point < 0x800)
                  || (length == 4 && (point < 0x10000 || point > 0x10ffff));
  return !overlong && (point < 0xd800 || point > 0xdfff);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

} // namespace

bool is_utf8(std::string_view text) {
  std::uint32_t point = 0;
  while (!text.empty())
    if (!take_code_point(text, point))
      return false;
  return true;
}

std::string cut_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) {
    while (max_bytes > 0
           && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80)
      --max_bytes;
    text = text.substr(0, max_bytes);
  }
  return std::string(text);
}

bool is_printable(std::string_view text, std::size_t max_characters) {
  std::size_t characters = 0;
  while (!text.empty()) {
    std::uint32_t point = 0;
    if (++characters > max_characters || !take_code_point(text, point))
      return false;
    if (point < 0x20 || (point >= 0x7f && point < 0xa0))
      return false;
  }
  return characters > 0;
}

bool is_header_safe(std::string_view text, std::size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes
         && std::all_of(text.begin(), text.end(), [](char c) {
              return c >= 0x20 && c < 0x7f;
            });
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
