#include "tools/hansard/apply/text.hpp"

#include "tools/hansard/admin/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace hansard {
namespace {

namespace json = boost::json;

constexpr std::size_t widest = 60;

std::string_view sign_of(apply_action action) {
  switch (action) {
  case apply_action::create:
    return "+";
  case apply_action::change:
    return "~";
  case apply_action::remove:
    return "-";
  }
  return "?";
}

std::string_view word_of(apply_action action) {
  switch (action) {
  case apply_action::create:
    return "create";
  case apply_action::change:
    return "change";
  case apply_action::remove:
    return "remove";
  }
  return "none";
}

std::string shown(const std::optional<json::value>& value) {
  return value ? cell_text(*value, widest) : "-";
}

std::string line_of(const apply_step& step) {
  auto line = fmt::format(
      "{} {} {}", sign_of(step.action), to_string(step.kind),
      terminal_text(step.name));
  if (step.action == apply_action::change) {
    for (const auto& change : step.changes)
      line += fmt::format(
          "{}{}: {} → {}", &change == &step.changes.front() ? ": " : "; ",
          terminal_text(change.field), shown(change.before),
          shown(change.after));
    return line;
  }
  bool first = true;
  for (const auto& change : step.changes) {
    const auto text = shown(change.after);
    if (text == "-" || text == "{}")
      continue;
    line += fmt::format("{}{}: {}", first ? ": " : "; ", change.field, text);
    first = false;
  }
  return line;
}

json::value value_of(const std::optional<json::value>& value) {
  return value ? *value : json::value();
}

} // namespace

std::string difference_text(std::span<const apply_step> steps) {
  std::string out;
  for (const auto& step : steps)
    out += line_of(step) + '\n';
  return out;
}

std::string difference_json(
    std::span<const apply_step> steps, std::size_t done, bool is_dry_run,
    const error* failed) {
  json::array list;
  for (const auto& step : steps) {
    json::array changes;
    for (const auto& change : step.changes)
      changes.push_back(
          {{"field", change.field},
           {"before", value_of(change.before)},
           {"after", value_of(change.after)}});
    json::value where;
    if (!step.where.empty())
      where = step.where;
    list.push_back(
        {{"action", word_of(step.action)},
         {"kind", to_string(step.kind)},
         {"name", step.name},
         {"where", std::move(where)},
         {"changes", std::move(changes)},
         {"done", list.size() < done}});
  }
  json::value why;
  if (failed)
    why = failed->message;
  return json::serialize(json::object(
             {{"dryRun", is_dry_run},
              {"steps", std::move(list)},
              {"error", std::move(why)}}))
         + '\n';
}

} // namespace hansard
