#include "tools/hansard/config/api_tables.hpp"

#include "http/text/request_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace hansard {
namespace {

std::string to_camel(std::string_view snake) {
  std::string out;
  bool up = false;
  for (char c : snake) {
    if (c == '_') {
      up = true;
      continue;
    }
    out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    up = false;
  }
  return out;
}

/// The same value with other names in its objects.
template <class Rename>
boost::json::value renamed(const boost::json::value& value, Rename rename) {
  if (const auto* object = value.if_object()) {
    boost::json::object out;
    for (const auto& [key, member] : *object)
      out[rename({key.data(), key.size()})] = renamed(member, rename);
    return out;
  }
  return value;
}

} // namespace

std::string to_snake(std::string_view camel) {
  std::string out;
  for (char c : camel) {
    if (c >= 'A' && c <= 'Z') {
      out += '_';
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c;
    }
  }
  return out;
}

result<std::string> api_body(const toml::table& table) {
  std::string trouble;
  auto json = to_json(table, trouble);
  if (!trouble.empty())
    return make_error(ec::invalid_request, std::move(trouble));
  auto text = boost::json::serialize(renamed(json, to_camel));
  if (auto checked = check_json(text); !checked)
    return checked.error();
  return text;
}

std::string show_table(std::string_view name, std::string_view json) {
  boost::json::error_code ignored;
  const auto parsed = renamed(
      boost::json::parse({json.data(), json.size()}, ignored), to_snake);
  std::string out = fmt::format("[[{}]]\n", name);
  if (const auto* object = parsed.if_object())
    for (const auto& [key, value] : *object)
      out += fmt::format(
          "{} = {}\n", std::string_view{key.data(), key.size()},
          to_toml(value));
  return out;
}

} // namespace hansard
