#include "tools/hansard/admin/text.hpp"

#include "http/text/text.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace hansard {
namespace {

/// Bytes of the code point that begins with `lead`; 1 for what begins none.
std::size_t width_of(unsigned char lead) {
  return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

char32_t code_point(std::string_view bytes) {
  if (bytes.size() == 1)
    return static_cast<unsigned char>(bytes[0]);
  auto point = static_cast<char32_t>(
      static_cast<unsigned char>(bytes[0]) & (0x7f >> bytes.size()));
  for (char c : bytes.substr(1))
    point = (point << 6) | (static_cast<unsigned char>(c) & 0x3f);
  return point;
}

/// C0 and C1 controls, line separators, and what Unicode's bidirectional
/// algorithm obeys (UAX #9 §2).
bool moves_text(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e
         || c == 0x200f || (c >= 0x2028 && c <= 0x202e)
         || (c >= 0x2066 && c <= 0x2069);
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
      }));
}

std::string cut(std::string text, std::size_t most) {
  if (most == 0 || characters(text) <= most)
    return text;
  std::size_t end = 0;
  for (std::size_t taken = 0; taken + 1 < most; ++taken)
    end += width_of(static_cast<unsigned char>(text[end]));
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
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const auto bytes = text.substr(at, width_of(lead));
    at += bytes.size();
    if (bytes.size() == 1 && lead < 0x80 && !moves_text(lead)) {
      out += bytes;
      continue;
    }
    if (lead >= 0x80 && !is_utf8(bytes)) {
      // The next byte may begin something that is whole.
      at -= bytes.size() - 1;
      out += fmt::format("\\x{:02x}", lead);
      continue;
    }
    const auto point = code_point(bytes);
    if (!moves_text(point))
      out += bytes;
    else if (point < 0x80)
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(point));
    else
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(point));
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
      widths[i] = std::max(widths[i], characters(line[i]));
  std::string out;
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      // Nothing behind the last column: lines end where their text does.
      if (i + 1 < line.size())
        out.append(widths[i] - characters(line[i]) + 2, ' ');
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
