#include "http/routes/admin/guardrail_json.hpp"

#include "events/text/json_text.hpp"

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
read_side(json_view value, std::string_view shown, guard_side& out) {
  return read_word<guard_side>(
      value, shown, {guard_side::input, guard_side::output, guard_side::both},
      out);
}

result<void>
read_action(json_view value, std::string_view shown, guard_action& out) {
  return read_word<guard_action>(
      value, shown,
      {guard_action::flag, guard_action::mask, guard_action::block}, out);
}

} // namespace

constexpr std::array guardrail_members{
    member<&guardrail_spec::name>("name").needed(),
    member<&guardrail_spec::detectors, read_texts>("detectors"),
    member<&guardrail_spec::patterns, read_texts>("patterns"),
    member<&guardrail_spec::on, read_side>("on").or_null(),
    member<&guardrail_spec::action, read_action>("action").or_null(),
    member<&guardrail_spec::required>("required").or_null(),
    member<&guardrail_spec::agents, read_texts>("agents"),
    member<&guardrail_spec::users, read_texts>("users"),
    member<&guardrail_spec::groups, read_texts>("groups"),
    member<&guardrail_spec::mask>("mask").or_null(),
    member<&guardrail_spec::longest>("longestMatch").or_null(),
};

std::span<const member_info> guardrail_body() {
  return members_of<guardrail_members>();
}

result<guardrail_spec> read_guardrail(json_view body) {
  if (!body.is(kind::object))
    return wrong_member("rules", "must be objects.");
  guardrail_spec rule;
  if (auto read = read_members(body, guardrail_members, rule); !read)
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
