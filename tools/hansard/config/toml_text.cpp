#include "tools/hansard/config/toml_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cmath>

namespace hansard {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\')
      out += fmt::format("\\{}", static_cast<char>(c));
    else if (c == '\n')
      out += "\\n";
    else if (c < 0x20 || c == 0x7f)
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    else
      out += static_cast<char>(c);
  }
  return out + '"';
}

std::string place(
    std::string_view source, bool has_lines, const toml::source_region& where) {
  return has_lines ? fmt::format("{}:{}", source, where.begin.line)
                   : std::string(source);
}

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
  case toml::node_type::table:
    return "a table";
  case toml::node_type::array:
    return "an array";
  case toml::node_type::string:
    return "a string";
  case toml::node_type::integer:
    return "a whole number";
  case toml::node_type::floating_point:
    return "a decimal number";
  case toml::node_type::boolean:
    return "a boolean";
  case toml::node_type::none:
    return "nothing";
  default:
    return "a date or time";
  }
}

boost::json::value to_json(const toml::node& node, std::string& trouble) {
  if (const auto* table = node.as_table()) {
    boost::json::object object;
    for (const auto& [key, value] : *table)
      object[key.str()] = to_json(value, trouble);
    return object;
  }
  if (const auto* list = node.as_array()) {
    boost::json::array array;
    for (const auto& element : *list)
      array.push_back(to_json(element, trouble));
    return array;
  }
  if (const auto* text = node.as_string())
    return boost::json::string(text->get());
  if (const auto* number = node.as_integer())
    return number->get();
  if (const auto* flag = node.as_boolean())
    return flag->get();
  if (const auto* real = node.as_floating_point();
      real && std::isfinite(real->get()))
    return real->get();
  trouble = fmt::format("holds {}, which JSON does not have", kind_of(node));
  return nullptr;
}

std::string to_toml(const boost::json::value& value) {
  if (const auto* object = value.if_object()) {
    std::string out;
    for (const auto& member : *object)
      out += fmt::format(
          "{}{} = {}", out.empty() ? "" : ", ", quoted(member.key()),
          to_toml(member.value()));
    return "{ " + out + " }";
  }
  if (const auto* array = value.if_array()) {
    std::string out;
    for (const auto& element : *array)
      out += (out.empty() ? "" : ", ") + to_toml(element);
    return "[" + out + "]";
  }
  if (const auto* text = value.if_string())
    return quoted(*text);
  if (const auto* real = value.if_double())
    return fmt::format("{}", *real);
  return value.is_null() ? "\"\"" : boost::json::serialize(value);
}

} // namespace hansard
