#include "projections/usage/counters.hpp"

#include <algorithm>

namespace hansard {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

std::int64_t month_number(const year_month_day& date) {
  return (static_cast<int>(date.year()) - 1970) * 12
         + static_cast<std::int64_t>(static_cast<unsigned>(date.month())) - 1;
}

} // namespace

std::int64_t utc_day(timestamp at) {
  return floor<days>(at).time_since_epoch().count();
}

std::int64_t utc_month(timestamp at) {
  return month_number(year_month_day{floor<days>(at)});
}

std::int64_t utc_month_of_day(std::int64_t day) {
  return month_number(
      year_month_day{sys_days{days{static_cast<days::rep>(day)}}});
}

timestamp next_utc_day(timestamp at) {
  return timestamp{floor<days>(at) + days{1}};
}

timestamp next_utc_month(timestamp at) {
  year_month_day date{floor<days>(at)};
  auto next =
      date.year() / date.month() / std::chrono::day{1} + std::chrono::months{1};
  return timestamp{sys_days{next}};
}

std::int64_t rate_window::slot_of(timestamp at) const {
  return floor<std::chrono::seconds>(at).time_since_epoch().count()
         / slot_.count();
}

timestamp rate_window::leaves_at(std::int64_t slot) const {
  return timestamp{std::chrono::seconds{(slot + kept_slots) * slot_.count()}};
}

void rate_window::add(timestamp at) {
  auto slot = slot_of(at);
  auto place = std::lower_bound(
      slots_.begin(), slots_.end(), slot,
      [](const auto& entry, std::int64_t s) { return entry.first < s; });
  if (place == slots_.end() || place->first != slot)
    place = slots_.insert(place, {slot, 0});
  ++place->second;
  // By the newest, not by a clock: so a fold keeps the same slots at any time.
  auto oldest = slots_.back().first - kept_slots;
  std::erase_if(
      slots_, [oldest](const auto& entry) { return entry.first <= oldest; });
}

void rate_window::take_back(timestamp at) {
  auto slot = slot_of(at);
  for (auto& entry : slots_)
    if (entry.first == slot && entry.second > 0)
      --entry.second;
  std::erase_if(slots_, [](const auto& entry) { return entry.second == 0; });
}

std::uint64_t rate_window::count(timestamp now) const {
  std::uint64_t sum = 0;
  for (const auto& [slot, requests] : slots_)
    if (leaves_at(slot) > now)
      sum += requests;
  return sum;
}

microseconds
rate_window::until_at_most(std::uint64_t most, timestamp now) const {
  auto left = count(now);
  microseconds wait{0};
  for (const auto& [slot, requests] : slots_) {
    if (left <= most)
      break;
    if (leaves_at(slot) <= now)
      continue;
    left -= requests;
    wait = leaves_at(slot) - now;
  }
  return wait;
}

day_tokens usage_counters::of_day(timestamp now) const {
  auto found = days.find(utc_day(now));
  return found == days.end() ? day_tokens{} : found->second;
}

day_tokens usage_counters::of_month(timestamp now) const {
  day_tokens sum;
  auto month = utc_month(now);
  for (const auto& [day, tokens] : days) {
    if (utc_month_of_day(day) != month)
      continue;
    sum.used += tokens.used;
    sum.reserved += tokens.reserved;
  }
  return sum;
}

bool usage_counters::is_idle(timestamp now) const {
  return running == 0 && minute.count(now) == 0 && hour.count(now) == 0
         && of_month(now).used == 0;
}

void usage_counters::forget_old(timestamp now) {
  auto month = utc_month(now);
  std::erase_if(days, [month](const auto& entry) {
    return entry.second.reserved == 0 && utc_month_of_day(entry.first) < month;
  });
}

} // namespace hansard
