#include "http/routes/admin/policy_json.hpp"

#include "events/json/policy_json.hpp"
#include "events/text/json_text.hpp"
#include "http/text/limits.hpp"
#include "http/text/text.hpp"

#include <array>
#include <limits>
#include <vector>

namespace hansard {

namespace {

using kind = json_view::kind;

template <class T>
result<void> read_limit(
    json_view value, std::string_view member, std::optional<T>& out,
    std::uint64_t least) {
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

result<void> read_models(
    json_view value, std::string_view shown, std::vector<std::string>& models) {
  return read_list(
      value, shown, [&models, shown](std::string text) -> result<void> {
        if (!is_printable(text, 256) || models.size() >= max_policy_models)
          return wrong_member(shown, "must be at most 256 names of models.");
        models.push_back(std::move(text));
        return {};
      });
}

result<void>
read_roles(json_view value, std::string_view shown, std::uint8_t& roles) {
  return read_list(
      value, shown, [&roles, shown](std::string text) -> result<void> {
        auto known = role_from(text);
        if (!known)
          return wrong_member(
              shown, "can hold system, user, assistant and tool.");
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

result<void>
read_days(json_view value, std::string_view shown, std::uint8_t& days) {
  days = 0;
  return read_list(
      value, shown, [&days, shown](std::string text) -> result<void> {
        for (unsigned day = 0; day < 7; ++day)
          if (weekday_name(day) == text) {
            days |= static_cast<std::uint8_t>(1u << day);
            return {};
          }
        return wrong_member(
            shown, "can hold mon, tue, wed, thu, fri, sat, sun.");
      });
}

/// @param most minutes after midnight.
result<void> read_minute(
    json_view value, std::string_view shown, std::uint16_t most,
    std::uint16_t& out) {
  std::string text;
  if (auto read = read_text(value, shown, text); !read)
    return read;
  auto minute = minute_of(text);
  if (!minute || *minute > most)
    return wrong_member(shown, "must be a time of the day, like 08:30.");
  out = *minute;
  return {};
}

result<void>
read_start(json_view value, std::string_view shown, std::uint16_t& out) {
  return read_minute(value, shown, 1439, out);
}

result<void>
read_end(json_view value, std::string_view shown, std::uint16_t& out) {
  return read_minute(value, shown, 1440, out);
}

result<void>
read_offset(json_view value, std::string_view shown, std::int16_t& out) {
  std::string text;
  if (auto read = read_text(value, shown, text); !read)
    return read;
  bool has_sign = text.starts_with('+') || text.starts_with('-');
  auto minute = has_sign ? minute_of(std::string_view{text}.substr(1))
                         : std::optional<std::uint16_t>{};
  if (!minute || *minute > 1439)
    return wrong_member(shown, "must be like +02:00.");
  auto offset = static_cast<std::int16_t>(*minute);
  out = static_cast<std::int16_t>(text[0] == '-' ? -offset : offset);
  return {};
}

constexpr std::array hours_members{
    member<&active_hours::days, read_days>("days"),
    member<&active_hours::from_minute, read_start>("from"),
    member<&active_hours::to_minute, read_end>("to"),
    member<&active_hours::utc_offset_minutes, read_offset>("utcOffset"),
};

result<void>
read_hours(json_view value, std::string_view shown, active_hours& out) {
  if (!value.is(kind::object))
    return wrong_member(
        shown, "must be an object of days, from, to and utcOffset.");
  return read_members(value, hours_members, out, std::string(shown) + '.');
}

result<void> read_id(json_view value, std::string_view shown, policy_id& out) {
  std::string text;
  if (auto read = read_text(value, shown, text); !read)
    return read;
  auto id = policy_id::parse(text);
  if (!id)
    return wrong_member(shown, "must be a policy's id, like policy_01HZ….");
  out = *id;
  return {};
}

result<void>
read_scope(json_view value, std::string_view shown, policy_request& out) {
  std::string text;
  if (auto read = read_text(value, shown, text); !read)
    return read;
  auto scope = policy_scope_from(text);
  if (!scope)
    return wrong_member(shown, "must be global, agent, group or user.");
  out.spec.scope = *scope;
  return {};
}

result<void>
read_expiry(json_view value, std::string_view shown, policy_request& out) {
  std::optional<timestamp> at;
  auto read = read_future_time(value, shown, at);
  if (read && at)
    out.spec.expires_us = to_unix_us(*at);
  return read;
}

/// A member that limits something.
template <auto Rule, std::uint64_t Least = 0>
constexpr body_member<policy_request> limit(std::string_view name) {
  return body_member<policy_request>{
      name,
      [](json_view value, std::string_view shown, policy_request& out) {
        return read_limit(value, shown, out.spec.rules.*Rule, Least);
      }}
      .or_null();
}

template <auto Rule, auto Read>
constexpr body_member<policy_request> rule(std::string_view name) {
  return body_member<policy_request>{
      name,
      [](json_view value, std::string_view shown, policy_request& out) {
        return Read(value, shown, (out.spec.rules.*Rule).emplace());
      }}
      .or_null();
}

using body_of = body_member<policy_request>;

} // namespace

constexpr std::array policy_request_members{
    member<&policy_request::id, read_id>("id").or_null(),
    body_of{"scope", read_scope}.needed(),
    body_of{
        "subject",
        [](json_view value, std::string_view shown, policy_request& out) {
          return read_text(value, shown, out.spec.subject);
        }}
        .or_null(),
    limit<&policy_rules::max_requests_per_minute>("maxRequestsPerMinute"),
    limit<&policy_rules::max_requests_per_hour>("maxRequestsPerHour"),
    limit<&policy_rules::max_concurrent_streams>("maxConcurrentStreams"),
    limit<&policy_rules::max_tokens_per_day>("maxTokensPerDay"),
    limit<&policy_rules::max_tokens_per_month>("maxTokensPerMonth"),
    limit<&policy_rules::max_input_chars>("maxInputChars"),
    limit<&policy_rules::max_output_tokens, 1>("maxOutputTokens"),
    limit<&policy_rules::max_turn_seconds, 1>("maxTurnSeconds"),
    rule<&policy_rules::allowed_models, read_models>("allowedModels"),
    rule<&policy_rules::allowed_roles, read_roles>("allowedRoles"),
    rule<&policy_rules::hours, read_hours>("activeHours"),
    body_of{"expiresAt", read_expiry},
};

std::span<const member_info> policy_body() {
  return members_of<policy_request_members>();
}

result<policy_request> read_policy(json_view object) {
  policy_request out;
  if (auto read = read_members(object, policy_request_members, out); !read)
    return read.error();
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
