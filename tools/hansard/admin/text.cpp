#include "tools/hansard/admin/text.hpp"

#include "events/text/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace hansard {
namespace {

/// C0 and C1 controls, line separators, and what Unicode's bidirectional
/// algorithm obeys (UAX #9 §2).
bool moves_text(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e
         || c == 0x200f || (c >= 0x2028 && c <= 0x202e)
         || (c >= 0x2066 && c <= 0x2069);
}

/// @param text valid UTF-8.
std::string cut(std::string text, std::size_t most) {
  if (most == 0 || count_characters(text) <= most)
    return text;
  std::size_t end = 0;
  for (std::size_t taken = 0; taken + 1 < most; ++taken)
    end += first_character(std::string_view(text).substr(end))->size;
  return text.substr(0, end) + "…";
}

bool holds_texts(const boost::json::array& list) {
  return std::all_of(list.begin(), list.end(), [](const auto& one) {
    return one.is_string();
  });
}

} // namespace

std::string terminal_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto next = first_character(text);
    if (!next) {
      // The byte behind it may begin something that is whole.
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    const auto point = static_cast<unsigned>(next->point);
    if (!moves_text(next->point))
      out += text.substr(0, next->size);
    else if (point < 0x80)
      out += fmt::format("\\x{:02x}", point);
    else
      out += fmt::format("\\u{:04x}", point);
    text.remove_prefix(next->size);
  }
  return out;
}

std::string cell_text(const boost::json::value& value, std::size_t most) {
  std::string out;
  if (const auto* text = value.if_string()) {
    out = terminal_text(*text);
  } else if (const auto* list = value.if_array(); list && holds_texts(*list)) {
    for (const auto& one : *list)
      out += (out.empty() ? "" : ", ") + terminal_text(one.get_string());
  } else if (!value.is_null()) {
    out = terminal_text(boost::json::serialize(value));
  }
  return cut(out.empty() ? "-" : std::move(out), most);
}

std::string table_text(
    const boost::json::array& rows, std::span<const std::string> columns) {
  constexpr std::size_t widest = 80;
  std::vector<std::vector<std::string>> lines;
  lines.emplace_back(columns.begin(), columns.end());
  for (const auto& row : rows) {
    const auto* object = row.if_object();
    if (!object)
      continue;
    auto& line = lines.emplace_back();
    for (const auto& column : columns) {
      const auto* value = object->if_contains(column);
      line.push_back(value ? cell_text(*value, widest) : "-");
    }
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], count_characters(line[i]));
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      // Nothing behind the last column: lines end where their text does.
      if (i + 1 < line.size())
        out.append(widths[i] - count_characters(line[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

std::string record_text(const boost::json::object& record) {
  std::string out;
  for (const auto& [name, value] : record)
    out += fmt::format(
        "{}: {}\n", terminal_text({name.data(), name.size()}),
        cell_text(value));
  return out;
}

} // namespace hansard
