#include "http/routes/admin/policy_json.hpp"

#include "events/json/policy_json.hpp"
#include "events/text/json_text.hpp"
#include "http/text/body_members.hpp"
#include "http/text/limits.hpp"
#include "http/text/text.hpp"

#include <array>
#include <limits>

namespace hansard {

namespace {

using kind = json_view::kind;

template <class T>
result<void> read_limit(
    json_view value, std::string_view member, std::optional<T>& out,
    std::uint64_t least = 0) {
  constexpr std::uint64_t most = sizeof(T) == 4
                                     ? std::numeric_limits<std::uint32_t>::max()
                                     : std::uint64_t{1} << 53;
  auto number = value.is(kind::number) ? value.unsigned_integer()
                                       : std::optional<std::uint64_t>{};
  if (!number || *number < least || *number > most)
    return wrong_member(
        member, "must be a whole number of " + std::to_string(least) + " to "
                    + std::to_string(most) + '.');
  out = static_cast<T>(*number);
  return {};
}

/// Takes the strings of an array.
template <class Take>
result<void> read_list(json_view value, std::string_view member, Take take) {
  if (!value.is(kind::array))
    return wrong_member(member, "must be an array of strings.");
  result<void> read;
  value.each_element([&](json_view one) {
    std::string text;
    read = read_text(one, member, text);
    if (read)
      read = take(std::move(text));
    return read.has_value();
  });
  return read;
}

result<void> read_models(json_view value, policy_rules& rules) {
  auto& models = rules.allowed_models.emplace();
  return read_list(
      value, "allowedModels", [&models](std::string text) -> result<void> {
        if (!is_printable(text, 256) || models.size() >= max_policy_models)
          return wrong_member(
              "allowedModels", "must be at most 256 names of models.");
        models.push_back(std::move(text));
        return {};
      });
}

result<void> read_roles(json_view value, policy_rules& rules) {
  auto& roles = rules.allowed_roles.emplace(std::uint8_t{0});
  return read_list(
      value, "allowedRoles", [&roles](std::string text) -> result<void> {
        auto known = role_from(text);
        if (!known)
          return wrong_member(
              "allowedRoles", "can hold system, user, assistant and tool.");
        roles |= role_bit(*known);
        return {};
      });
}

/// "08:30"; 24:00 is a time where a span ends.
std::optional<std::uint16_t> minute_of(std::string_view text) {
  auto digit = [&text](std::size_t i) {
    return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 100;
  };
  if (text.size() != 5 || text[2] != ':')
    return std::nullopt;
  auto hour = digit(0) * 10 + digit(1);
  auto minute = digit(3) * 10 + digit(4);
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0))
    return std::nullopt;
  return static_cast<std::uint16_t>(hour * 60 + minute);
}

result<void> read_days(json_view value, active_hours& hours) {
  hours.days = 0;
  return read_list(
      value, "activeHours.days", [&hours](std::string text) -> result<void> {
        for (unsigned day = 0; day < 7; ++day)
          if (weekday_name(day) == text) {
            hours.days |= static_cast<std::uint8_t>(1u << day);
            return {};
          }
        return wrong_member(
            "activeHours.days", "can hold mon, tue, wed, thu, fri, sat, sun.");
      });
}

result<void>
read_hours_member(std::string_view name, json_view value, active_hours& out) {
  if (name == "days")
    return read_days(value, out);
  std::string text;
  auto member = "activeHours." + std::string(name);
  if (auto read = read_text(value, member, text); !read)
    return read;
  if (name == "from" || name == "to") {
    auto minute = minute_of(text);
    if (!minute || (name == "from" && *minute == 1440))
      return wrong_member(member, "must be a time of the day, like 08:30.");
    (name == "from" ? out.from_minute : out.to_minute) = *minute;
    return {};
  }
  if (name == "utcOffset") {
    bool has_sign = text.starts_with('+') || text.starts_with('-');
    auto minute = has_sign ? minute_of(std::string_view{text}.substr(1))
                           : std::optional<std::uint16_t>{};
    if (!minute || *minute > 1439)
      return wrong_member(member, "must be like +02:00.");
    auto offset = static_cast<std::int16_t>(*minute);
    out.utc_offset_minutes =
        static_cast<std::int16_t>(text[0] == '-' ? -offset : offset);
    return {};
  }
  return wrong_member(member, "is not known.");
}

result<void> read_hours(json_view value, policy_rules& rules) {
  if (!value.is(kind::object))
    return wrong_member(
        "activeHours", "must be an object of days, from, to and utcOffset.");
  auto& hours = rules.hours.emplace();
  result<void> read;
  value.each_member([&](std::string_view name, json_view member) {
    read = read_hours_member(json_view::unescape(name), member, hours);
    return read.has_value();
  });
  return read;
}

result<void>
read_rule(std::string_view name, json_view value, policy_rules& rules) {
  if (name == "maxRequestsPerMinute")
    return read_limit(value, name, rules.max_requests_per_minute);
  if (name == "maxRequestsPerHour")
    return read_limit(value, name, rules.max_requests_per_hour);
  if (name == "maxConcurrentStreams")
    return read_limit(value, name, rules.max_concurrent_streams);
  if (name == "maxTokensPerDay")
    return read_limit(value, name, rules.max_tokens_per_day);
  if (name == "maxTokensPerMonth")
    return read_limit(value, name, rules.max_tokens_per_month);
  if (name == "maxInputChars")
    return read_limit(value, name, rules.max_input_chars);
  if (name == "maxOutputTokens")
    return read_limit(value, name, rules.max_output_tokens, 1);
  if (name == "maxTurnSeconds")
    return read_limit(value, name, rules.max_turn_seconds, 1);
  if (name == "allowedModels")
    return read_models(value, rules);
  if (name == "allowedRoles")
    return read_roles(value, rules);
  if (name == "activeHours")
    return read_hours(value, rules);
  return wrong_member(name, "is not known; see docs/access.md for the limits.");
}

result<void>
read_member(policy_request& out, std::string_view name, json_view value) {
  if (value.is(kind::null))
    return {};
  if (name == "subject")
    return read_text(value, name, out.spec.subject);
  if (name == "scope" || name == "id") {
    std::string text;
    if (auto read = read_text(value, name, text); !read)
      return read;
    if (name == "id") {
      out.id = policy_id::parse(text);
      if (!out.id)
        return wrong_member("id", "must be a policy's id, like policy_01HZ….");
      return {};
    }
    auto scope = policy_scope_from(text);
    if (!scope)
      return wrong_member("scope", "must be global, agent, group or user.");
    out.spec.scope = *scope;
    return {};
  }
  if (name == "expiresAt") {
    std::optional<timestamp> at;
    auto read = read_future_time(value, name, at);
    if (read && at)
      out.spec.expires_us = to_unix_us(*at);
    return read;
  }
  return read_rule(name, value, out.spec.rules);
}

} // namespace

result<policy_request> read_policy(json_view object) {
  policy_request out;
  result<void> read;
  bool has_scope = false;
  object.each_member([&](std::string_view raw, json_view value) {
    auto name = json_view::unescape(raw);
    has_scope = has_scope || name == "scope";
    read = read_member(out, name, value);
    return read.has_value();
  });
  if (!read)
    return read.error();
  if (!has_scope)
    return wrong_member("scope", "must be global, agent, group or user.");
  if (out.spec.scope == policy_scope::global) {
    if (!out.spec.subject.empty())
      return wrong_member("subject", "must be absent: this one is for all.");
  } else if (!is_printable(out.spec.subject, max_did_characters)) {
    return wrong_member(
        "subject",
        "must be whom the policy is about: a DID, or a group's name.");
  }
  if (out.spec.rules == policy_rules{})
    return make_error(
        ec::invalid_request,
        "The policy limits nothing. Set at least one limit.");
  return out;
}

void append_json(std::string& out, const policy_record& policy) {
  out += "{\"id\":";
  append_json_string(out, policy.ref.id.to_string());
  out += ",\"version\":" + std::to_string(policy.ref.version) + ',';
  out += policy_members(policy.spec);
  out += ",\"createdAt\":";
  append_json_string(out, to_iso8601(policy.created_at));
  out += ",\"updatedAt\":";
  append_json_string(out, to_iso8601(policy.updated_at));
  out += ",\"setBy\":";
  append_json_string(out, policy.by);
  out += '}';
}

} // namespace hansard
