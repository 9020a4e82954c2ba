#include "http/text/mended_json.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hansard {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view replacement = "\\ufffd";

/// The unit of an escape that begins at `at`; nullopt: there is none.
std::optional<std::uint32_t> unit_at(std::string_view text, std::size_t at) {
  if (text.size() < at + replacement.size() || text[at] != '\\'
      || text[at + 1] != 'u')
    return std::nullopt;
  std::uint32_t unit = 0;
  const auto* begin = text.data() + at + 2;
  const auto parsed = std::from_chars(begin, begin + 4, unit, 16);
  if (parsed.ec != std::errc{} || parsed.ptr != begin + 4)
    return std::nullopt;
  return unit;
}

bool is_high(std::uint32_t unit) { return unit >> 10 == 0x36; }
bool is_low(std::uint32_t unit) { return unit >> 10 == 0x37; }

} // namespace

void mend_json(std::string& body) {
  if (body.starts_with(byte_order_mark))
    body.erase(0, byte_order_mark.size());
  for (auto at = body.find('\\'); at != std::string::npos;
       at = body.find('\\', at)) {
    const auto unit = unit_at(body, at);
    if (!unit || (!is_high(*unit) && !is_low(*unit))) {
      // The backslash, and what it escapes.
      at += 2;
      continue;
    }
    const auto next = unit_at(body, at + replacement.size());
    if (is_high(*unit) && next && is_low(*next)) {
      at += 2 * replacement.size();
      continue;
    }
    body.replace(at, replacement.size(), replacement);
    at += replacement.size();
  }
}

} // namespace hansard
