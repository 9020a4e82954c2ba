#include "events/time.hpp"

#include <algorithm>
#include <cstdio>

namespace hansard {

namespace {

namespace chr = std::chrono;

/// Takes `digits` decimal digits off the front of `text`.
bool take_number(std::string_view& text, int digits, int& value) {
  if (text.size() < static_cast<std::size_t>(digits))
    return false;
  value = 0;
  for (int i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9')
      return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c)
    return false;
  text.remove_prefix(1);
  return true;
}

/// Takes an optional fraction of a second; digits past the sixth are dropped.
bool take_fraction(std::string_view& text, std::int64_t& us) {
  us = 0;
  if (!take_char(text, '.'))
    return true;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 6)
      us = us * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  for (int i = digits; i < 6; ++i)
    us *= 10;
  return digits > 0;
}

bool take_offset(std::string_view& text, chr::minutes& offset) {
  offset = chr::minutes{0};
  if (take_char(text, 'Z'))
    return text.empty();
  bool negative = take_char(text, '-');
  if (!negative && !take_char(text, '+'))
    return false;
  int hours = 0;
  int minutes = 0;
  if (!take_number(text, 2, hours) || !take_char(text, ':')
      || !take_number(text, 2, minutes) || hours > 23 || minutes > 59)
    return false;
  offset = chr::minutes{hours * 60 + minutes};
  if (negative)
    offset = -offset;
  return text.empty();
}

} // namespace

std::string to_iso8601(timestamp at) {
  constexpr auto first = chr::sys_days{chr::year{0} / 1 / 1};
  constexpr auto last = chr::sys_days{chr::year{10000} / 1 / 1};
  at = std::clamp<timestamp>(at, first, timestamp{last} - chr::microseconds{1});
  auto day = chr::floor<chr::days>(at);
  chr::year_month_day date{day};
  chr::hh_mm_ss time{chr::floor<chr::milliseconds>(at - day)};
  char text[32];
  auto size = std::snprintf(
      text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()),
      static_cast<int>(time.subseconds().count()));
  return {text, static_cast<std::size_t>(size)};
}

std::optional<timestamp> from_iso8601(std::string_view text) {
  int year, month, day, hours, minutes, seconds;
  std::int64_t us = 0;
  chr::minutes offset{0};
  if (!take_number(text, 4, year) || !take_char(text, '-')
      || !take_number(text, 2, month) || !take_char(text, '-')
      || !take_number(text, 2, day) || !take_char(text, 'T')
      || !take_number(text, 2, hours) || !take_char(text, ':')
      || !take_number(text, 2, minutes) || !take_char(text, ':')
      || !take_number(text, 2, seconds) || !take_fraction(text, us)
      || !take_offset(text, offset))
    return std::nullopt;
  chr::year_month_day date{
      chr::year{year}, chr::month{static_cast<unsigned>(month)},
      chr::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hours > 23 || minutes > 59 || seconds > 59)
    return std::nullopt;
  return timestamp{chr::sys_days{date}} + chr::hours{hours}
         + chr::minutes{minutes} + chr::seconds{seconds} + chr::microseconds{us}
         - offset;
}

} // namespace hansard
