#include "projections/usage/usage_rows.hpp"

namespace hansard::detail {

namespace {

std::optional<std::uint32_t> take_big(std::string_view& from) {
  if (from.size() < 4)
    return std::nullopt;
  auto value = read_big<std::uint32_t>(from);
  from.remove_prefix(4);
  return value;
}

std::optional<std::string_view> take_name(std::string_view& from) {
  auto size = take_big(from);
  if (!size || from.size() < *size)
    return std::nullopt;
  auto name = from.substr(0, *size);
  from.remove_prefix(*size);
  return name;
}

} // namespace

std::string usage_session_key(const session_id& id) {
  std::string key(1, '\x01');
  append_id(key, id);
  return key;
}

std::string usage_month_prefix(std::int64_t month) {
  std::string key(1, '\x02');
  append_big(key, static_cast<std::uint32_t>(month));
  return key;
}

std::string usage_month_prefix(std::int64_t month, std::string_view user) {
  auto key = usage_month_prefix(month);
  append_name(key, user);
  return key;
}

std::string
usage_day_key(std::string_view user, std::string_view agent, std::int64_t day) {
  auto key = usage_month_prefix(utc_month_of_day(day), user);
  append_name(key, agent);
  append_big(key, static_cast<std::uint32_t>(day));
  return key;
}

std::string usage_recent_key(std::string_view user, std::string_view agent) {
  std::string key(usage_recent_prefix);
  append_name(key, user);
  append_name(key, agent);
  return key;
}

std::optional<usage_key> parse_usage_key(std::string_view key) {
  if (key.empty())
    return std::nullopt;
  bool of_day = key.front() == '\x02';
  key.remove_prefix(1);
  if (of_day && !take_big(key))
    return std::nullopt;
  auto user = take_name(key);
  auto agent = user ? take_name(key) : std::nullopt;
  if (!agent)
    return std::nullopt;
  usage_key out{*user, *agent, 0};
  if (of_day) {
    auto day = take_big(key);
    if (!day)
      return std::nullopt;
    out.day = static_cast<std::int32_t>(*day);
  }
  if (!key.empty())
    return std::nullopt;
  return out;
}

} // namespace hansard::detail
