#include "tools/hansard/admin/call.hpp"

#include "tools/hansard/admin/answer.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iostream>
#include <set>

namespace hansard {
namespace {

namespace json = boost::json;

error wrong(const admin_parameter& parameter, std::string_view what) {
  return make_error(
      ec::invalid_request, fmt::format("{}: {}", parameter.flag, what));
}

bool is_positional(const admin_parameter& parameter) {
  return !parameter.flag.starts_with("--");
}

result<json::value> value_of(
    const admin_parameter& parameter, const std::vector<std::string>& texts,
    const text_source& read) {
  const auto& text = texts.back();
  switch (parameter.kind) {
  case admin_kind::text:
    return json::value(text);
  case admin_kind::flag:
    return json::value(true);
  case admin_kind::list:
    return json::value(json::array(texts.begin(), texts.end()));
  case admin_kind::choice:
    if (text != "true" && text != "false")
      return wrong(parameter, "expected true or false.");
    return json::value(text == "true");
  case admin_kind::number: {
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [at, failed] = std::from_chars(text.data(), end, number);
    if (failed != std::errc() || at != end)
      return wrong(parameter, "expected a whole number.");
    return json::value(number);
  }
  case admin_kind::json: {
    auto value = json_of(text);
    if (!value)
      return wrong(parameter, "is not valid JSON.");
    return value;
  }
  case admin_kind::file: {
    auto content = read(text);
    if (!content)
      return wrong(parameter, content.error().message);
    // What an editor or `echo` puts at the end is not part of it.
    if (content->ends_with('\n'))
      content->pop_back();
    return json::value(std::move(*content));
  }
  }
  return wrong(parameter, "is of no known kind.");
}

void put(json::object& body, std::string_view member, json::value value) {
  const auto dot = member.find('.');
  if (dot == member.npos) {
    body[member] = std::move(value);
    return;
  }
  auto& inner = body[member.substr(0, dot)];
  if (!inner.is_object())
    inner = json::object();
  put(inner.get_object(), member.substr(dot + 1), std::move(value));
}

result<json::object>
body_of_file(const std::string& path, const text_source& read) {
  auto text = read(path);
  if (!text)
    return make_error(ec::invalid_request, "--file: " + text.error().message);
  auto value = json_of(*text);
  if (!value || !value->is_object())
    return make_error(ec::invalid_request, "--file: expected one JSON object.");
  return std::move(value->get_object());
}

/// A request in the making.
struct call_builder {
  admin_call call;
  json::object body;
  const text_source& read;

  result<void> take(
      const admin_parameter& parameter, const std::vector<std::string>& texts) {
    if (parameter.place == admin_place::path) {
      const auto braces = fmt::format("{{{}}}", parameter.member);
      const auto at = call.target.find(braces);
      if (texts.back().empty())
        return wrong(parameter, "is empty.");
      call.target.replace(
          at, braces.size(),
          std::string(parameter.prefix) + path_segment(texts.back()));
      return {};
    }
    if (parameter.place == admin_place::query) {
      const bool is_flag = parameter.kind == admin_kind::flag;
      add_query(call.target, parameter.member, is_flag ? "true" : texts.back());
      return {};
    }
    auto value = value_of(parameter, texts, read);
    if (!value)
      return value.error();
    put(body, parameter.member, std::move(*value));
    return {};
  }
};

/// What is missing, or there twice; empty: nothing.
std::string wrong_choice(const admin_verb& verb, const admin_values& values) {
  std::map<std::string_view, std::pair<int, std::string>> groups;
  for (const auto& parameter : verb.parameters) {
    const bool is_there = values.contains(parameter.flag);
    if (is_positional(parameter) && !is_there)
      return fmt::format("{} is missing.", parameter.flag);
    if (parameter.one_of.empty())
      continue;
    auto& [count, names] = groups[parameter.one_of];
    count += is_there ? 1 : 0;
    names += (names.empty() ? "" : " or ") + std::string(parameter.flag);
  }
  for (const auto& [group, found] : groups)
    if (found.first != 1)
      return fmt::format("Give one of {}.", found.second);
  return {};
}

} // namespace

std::string path_segment(std::string_view text) {
  return boost::urls::encode(
      {text.data(), text.size()}, boost::urls::unreserved_chars);
}

void add_query(
    std::string& target, std::string_view name, std::string_view value) {
  target += target.find('?') == target.npos ? '?' : '&';
  target += name;
  target += '=';
  target += path_segment(value);
}

result<admin_call> call_of(
    const admin_verb& verb, const admin_values& values,
    const std::string& body_file, const text_source& read) {
  if (auto missing = wrong_choice(verb, values); !missing.empty())
    return make_error(ec::invalid_request, std::move(missing));
  call_builder builder{
      {std::string(verb.method), std::string(verb.path)}, {}, read};
  if (!body_file.empty()) {
    auto body = body_of_file(body_file, read);
    if (!body)
      return body.error();
    builder.body = std::move(*body);
  }
  for (const auto& parameter : verb.parameters) {
    const auto found = values.find(parameter.flag);
    if (found == values.end() && parameter.otherwise.empty())
      continue;
    auto taken = builder.take(
        parameter, found == values.end()
                       ? std::vector{std::string(parameter.otherwise)}
                       : found->second);
    if (!taken)
      return taken.error();
  }
  if (verb.method == "POST" || verb.method == "PATCH")
    builder.call.body = json::serialize(builder.body);
  return std::move(builder.call);
}

result<std::string> read_input(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file)
      return make_error(ec::invalid_request, path + " can't be opened.");
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string text(max_input_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || text.size() > max_input_bytes)
    return make_error(
        ec::invalid_request, path + " can't be read, or is over 8 MiB.");
  return text;
}

} // namespace hansard
