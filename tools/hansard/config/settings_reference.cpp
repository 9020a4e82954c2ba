#include "tools/hansard/config/settings_reference.hpp"

#include "tools/hansard/config/settings.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <string_view>

namespace hansard {
namespace {

/// `text` with each `|` as a cell of a table writes it.
std::string table_cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|')
      out += '\\';
    out += c;
  }
  return out;
}

std::string listed_choices(std::string_view choices) {
  std::string out;
  while (!choices.empty()) {
    const auto bar = choices.find('|');
    out +=
        fmt::format("{}`{}`", out.empty() ? "" : ", ", choices.substr(0, bar));
    choices =
        bar == choices.npos ? std::string_view{} : choices.substr(bar + 1);
  }
  return out;
}

std::string value_range(const std::string& min, const std::string& max) {
  return fmt::format("{} to {}", min, max);
}

std::string allowed_values(const setting& s) {
  if (!s.choices.empty())
    return listed_choices(s.choices);
  switch (kind_of(s)) {
  case setting_kind::count:
    return value_range(std::to_string(s.min), std::to_string(s.max));
  case setting_kind::size:
    return value_range(format_size({s.min}), format_size({s.max}));
  case setting_kind::duration:
    return value_range(
        format_duration(std::chrono::milliseconds(s.min)),
        format_duration(std::chrono::milliseconds(s.max)));
  case setting_kind::list:
    return "list";
  case setting_kind::text:
    break;
  }
  return "text";
}

} // namespace

std::string settings_reference() {
  const settings defaults;
  std::string out = "## Every setting\n";
  std::string_view section;
  for (const auto& s : all_settings()) {
    if (s.section != section) {
      section = s.section;
      fmt::format_to(
          std::back_inserter(out),
          "\n### [{}]\n\n"
          "| key | default | allowed | flag, variable | meaning |\n"
          "| --- | --- | --- | --- | --- |\n",
          section);
    }
    const auto value = text_of(defaults, s);
    fmt::format_to(
        std::back_inserter(out), "| `{}` | {} | {} | `--{}`, `{}` | {} |\n",
        s.key, value.empty() ? "none" : fmt::format("`{}`", table_cell(value)),
        allowed_values(s), s.flag, environment_name(s), table_cell(s.help));
  }
  return out;
}

} // namespace hansard
