#pragma once

#include "events/error.hpp"
#include "tools/hansard/config/toml_text.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Tables of the file that are bodies of the API with names in snake_case.
namespace hansard {

/// "base_url" for "baseUrl".
std::string to_snake(std::string_view camel);

/// A table as the body of a request: JSON with names in camelCase.
/// invalid_request: it holds what JSON has no form for.
result<std::string> api_body(const toml::table& table);

/// A JSON object as `name`'s table: "[[name]]" and its keys in snake_case.
std::string show_table(std::string_view name, std::string_view json);

/// Reads `node`, an array of tables, with `read_one(table)`. Adds to `out`, and
/// to `problems` what is wrong, each with its place in `source`.
/// @param clash says why two can't both be there; empty: they can.
template <class Spec, class ReadOne, class Clash>
void read_tables(
    const toml::node& node, std::string_view name, std::size_t most,
    std::string_view source, std::vector<Spec>& out,
    std::vector<std::string>& problems, ReadOne read_one, Clash clash) {
  const auto* list = node.as_array();
  auto say = [&](const toml::source_region& where, std::string_view what) {
    problems.push_back(
        fmt::format("{}: [[{}]] {}", place(source, true, where), name, what));
  };
  if (!list
      || !std::all_of(list->begin(), list->end(), [](const toml::node& e) {
           return e.is_table();
         }))
    return say(
        node.source(), fmt::format("expected tables, each under [[{}]]", name));
  if (list->size() > most)
    return say(node.source(), fmt::format("more than {}", most));
  for (const auto& element : *list) {
    auto read = read_one(*element.as_table());
    if (!read) {
      say(element.source(), read.error().message);
      continue;
    }
    std::string trouble;
    for (const auto& other : out)
      if (trouble.empty())
        trouble = clash(other, *read);
    if (trouble.empty())
      out.push_back(std::move(*read));
    else
      say(element.source(), trouble);
  }
}

} // namespace hansard
