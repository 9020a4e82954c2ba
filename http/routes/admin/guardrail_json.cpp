#include "http/routes/admin/guardrail_json.hpp"

#include "events/text/json_text.hpp"
#include "http/routes/handler_tools.hpp"

#include <array>
#include <vector>

namespace hansard {

namespace {

using kind = json_view::kind;

/// Of a list, before anything looks at what is in it.
constexpr std::size_t max_listed = 256;

result<void> read_texts(
    json_view value, std::string_view member, std::vector<std::string>& out) {
  out.clear();
  if (value.is(kind::null))
    return {};
  if (!value.is(kind::array))
    return wrong_member(member, "must be an array of strings.");
  result<void> read;
  value.each_element([&](json_view one) {
    auto at = std::string(member) + '[' + std::to_string(out.size()) + ']';
    if (out.size() == max_listed)
      read = wrong_member(member, "can hold 256 at most.");
    else
      read = read_text(one, at, out.emplace_back());
    return read.has_value();
  });
  return read;
}

template <class Enum>
result<void> read_word(
    json_view value, std::string_view member, std::array<Enum, 3> words,
    Enum& out) {
  std::string word;
  if (auto read = read_text(value, member, word); !read)
    return read;
  std::string all;
  for (auto one : words) {
    if (to_string(one) == word) {
      out = one;
      return {};
    }
    all += (all.empty() ? "" : ", ") + std::string(to_string(one));
  }
  return wrong_member(member, "must be one of " + all + '.');
}

result<void>
read_member(std::string_view name, json_view value, guardrail_spec& rule) {
  if (name == "name")
    return read_text(value, name, rule.name);
  if (name == "detectors")
    return read_texts(value, name, rule.detectors);
  if (name == "patterns")
    return read_texts(value, name, rule.patterns);
  if (name == "agents")
    return read_texts(value, name, rule.agents);
  if (name == "users")
    return read_texts(value, name, rule.users);
  if (name == "groups")
    return read_texts(value, name, rule.groups);
  if (value.is(kind::null))
    return {};
  if (name == "on")
    return read_word<guard_side>(
        value, name, {guard_side::input, guard_side::output, guard_side::both},
        rule.on);
  if (name == "action")
    return read_word<guard_action>(
        value, name,
        {guard_action::flag, guard_action::mask, guard_action::block},
        rule.action);
  if (name == "required")
    return read_flag(value, name, rule.required);
  if (name == "mask")
    return read_text(value, name, rule.mask);
  if (name == "longestMatch")
    return read_number(value, name, rule.longest);
  return {};
}

} // namespace

result<guardrail_spec> read_guardrail(json_view body) {
  if (!body.is(kind::object))
    return wrong_member("rules", "must be objects.");
  guardrail_spec rule;
  result<void> read;
  body.each_member([&](std::string_view raw, json_view value) {
    read = read_member(json_view::unescape(raw), value, rule);
    return read.has_value();
  });
  if (!read)
    return read.error();
  return rule;
}

namespace {

void append_members(json_object_writer& object, const guardrail_spec& spec) {
  object.text("name", spec.name)
      .raw("detectors", texts_json(spec.detectors))
      .raw("patterns", texts_json(spec.patterns))
      .text("on", to_string(spec.on))
      .text("action", to_string(spec.action))
      .boolean("required", spec.required)
      .raw("agents", texts_json(spec.agents))
      .raw("users", texts_json(spec.users))
      .raw("groups", texts_json(spec.groups))
      .text("mask", spec.mask.empty() ? '[' + spec.name + ']' : spec.mask)
      .number(
          "longestMatch",
          spec.longest == 0 ? default_longest_match : spec.longest);
}

} // namespace

void append_json(std::string& out, const guardrail_spec& rule) {
  json_object_writer object{out};
  append_members(object, rule);
  object.close();
}

void append_json(std::string& out, const guardrail_record& rule) {
  json_object_writer object{out};
  append_members(object, rule.spec);
  object.number("version", rule.version.value)
      .text("createdAt", to_iso8601(rule.created_at))
      .text("updatedAt", to_iso8601(rule.updated_at))
      .close();
}

} // namespace hansard
