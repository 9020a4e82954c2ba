#include "events/json/policy_json.hpp"

#include "events/text/json_text.hpp"
#include "events/time.hpp"

#include <array>

namespace hansard {

namespace {

constexpr std::array<std::string_view, 7> weekdays{"mon", "tue", "wed", "thu",
                                                   "fri", "sat", "sun"};

std::string json_of(const active_hours& hours) {
  std::string days;
  json_array_writer list{days};
  for (unsigned day = 0; day < weekdays.size(); ++day)
    if ((hours.days >> day & 1) != 0)
      list.text(weekdays[day]);
  list.close();
  auto offset = static_cast<int>(hours.utc_offset_minutes);
  std::string zone = offset < 0 ? "-" : "+";
  zone += clock_text(static_cast<std::uint16_t>(offset < 0 ? -offset : offset));
  std::string out;
  json_object_writer object{out};
  object.raw("days", days)
      .text("from", clock_text(hours.from_minute))
      .text("to", clock_text(hours.to_minute))
      .text("utcOffset", zone)
      .close();
  return out;
}

std::string json_of_roles(std::uint8_t roles) {
  std::string out;
  json_array_writer list{out};
  for (auto r : {role::system, role::user, role::assistant, role::tool})
    if ((roles & role_bit(r)) != 0)
      list.text(to_string(r));
  list.close();
  return out;
}

void write_rules(json_object_writer& object, const policy_rules& rules) {
  auto number = [&object](std::string_view name, const auto& value) {
    if (value)
      object.number(name, *value);
  };
  number("maxRequestsPerMinute", rules.max_requests_per_minute);
  number("maxRequestsPerHour", rules.max_requests_per_hour);
  number("maxConcurrentStreams", rules.max_concurrent_streams);
  number("maxTokensPerDay", rules.max_tokens_per_day);
  number("maxTokensPerMonth", rules.max_tokens_per_month);
  number("maxInputChars", rules.max_input_chars);
  number("maxOutputTokens", rules.max_output_tokens);
  number("maxTurnSeconds", rules.max_turn_seconds);
  if (rules.allowed_models)
    object.raw("allowedModels", texts_json(*rules.allowed_models));
  if (rules.allowed_roles)
    object.raw("allowedRoles", json_of_roles(*rules.allowed_roles));
  if (rules.hours)
    object.raw("activeHours", json_of(*rules.hours));
}

} // namespace

std::string_view to_string(policy_scope value) {
  switch (value) {
  case policy_scope::global:
    return "global";
  case policy_scope::agent:
    return "agent";
  case policy_scope::group:
    return "group";
  case policy_scope::user:
    return "user";
  }
  return "global";
}

std::optional<policy_scope> policy_scope_from(std::string_view name) {
  for (auto scope :
       {policy_scope::global, policy_scope::agent, policy_scope::group,
        policy_scope::user})
    if (to_string(scope) == name)
      return scope;
  return std::nullopt;
}

std::string_view weekday_name(unsigned day) { return weekdays[day]; }

std::string clock_text(std::uint16_t minute_of_day) {
  auto two = [](unsigned n) {
    return std::string{
        static_cast<char>('0' + n / 10 % 10), static_cast<char>('0' + n % 10)};
  };
  return two(minute_of_day / 60u) + ':' + two(minute_of_day % 60u);
}

std::string policy_json(const policy_spec& spec) {
  std::string out;
  json_object_writer object{out};
  object.text("scope", to_string(spec.scope));
  if (spec.scope != policy_scope::global)
    object.text("subject", spec.subject);
  write_rules(object, spec.rules);
  if (spec.expires_us != 0)
    object.text("expiresAt", to_iso8601(from_unix_us(spec.expires_us)));
  object.close();
  return out;
}

std::string policy_members(const policy_spec& spec) {
  auto whole = policy_json(spec);
  return whole.substr(1, whole.size() - 2);
}

} // namespace hansard
