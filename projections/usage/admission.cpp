#include "projections/usage/admission.hpp"

#include <algorithm>
#include <limits>

namespace hansard {

namespace {

using std::chrono::microseconds;
using std::chrono::minutes;

constexpr std::int64_t day_minutes = 24 * 60;

std::string seconds_text(microseconds wait) {
  auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return std::to_string(std::max<std::int64_t>(seconds, 1)) + " s";
}

refusal forbid(std::string_view rule, policy_ref policy, std::string reason) {
  return {ec::forbidden, rule, policy, std::move(reason), std::nullopt};
}

refusal wait(
    std::string_view rule, policy_ref policy, std::string why,
    microseconds in) {
  return {
      ec::rate_limited, rule, policy,
      std::move(why) + " Try again in " + seconds_text(in) + '.', in};
}

/// The limits that no counter is asked for. @returns the first that refuses.
std::optional<refusal> judge_request(
    const effective_policy& policy, const turn_facts& turn, timestamp now,
    std::vector<std::string>& models) {
  for (const auto& rule : policy.hours) {
    if (is_open(rule.value, now))
      continue;
    auto in = until_open(rule.value, now);
    if (!in)
      return forbid(
          "activeHours", rule.from, "Nobody may chat at any hour here.");
    return wait(
        "activeHours", rule.from, "This is outside of the hours for chats.",
        *in);
  }
  models = turn.models;
  for (const auto& rule : policy.models) {
    std::erase_if(models, [&rule](const std::string& model) {
      const auto& list = rule.value;
      return std::find(list.begin(), list.end(), model) == list.end();
    });
    if (models.empty())
      return forbid(
          "allowedModels", rule.from,
          "You may not use any of this agent's models. Ask an administrator.");
  }
  for (const auto& rule : policy.roles)
    if ((turn.roles & static_cast<std::uint8_t>(~rule.value)) != 0)
      return forbid(
          "allowedRoles", rule.from,
          "messages has a message of a role that you may not send.");
  if (policy.input_chars && turn.input_chars > policy.input_chars->value)
    return forbid(
        "maxInputChars", policy.input_chars->from,
        "messages has " + std::to_string(turn.input_chars)
            + " characters; you may send "
            + std::to_string(policy.input_chars->value) + '.');
  return std::nullopt;
}

template <class T>
const usage_counters& counters_of(
    const ruled<T>& limit, const usage_counters& all,
    const usage_counters& with_agent) {
  return limit.per_agent ? with_agent : all;
}

/// Remembers the limit with the least left.
void note(std::optional<limit_status>& out, const limit_status& status) {
  if (!out || status.remaining < out->remaining)
    out = status;
}

std::optional<refusal> judge_rate(
    const std::optional<ruled<std::uint32_t>>& limit, std::string_view rule,
    std::string_view span, const rate_window& window, timestamp now,
    rate_status& rates) {
  if (!limit)
    return std::nullopt;
  auto count = window.count(now);
  limit_status status{limit->value, 0, window.until_at_most(0, now)};
  if (count < limit->value) {
    status.remaining = limit->value - count - 1;
    note(rates.requests, status);
    return std::nullopt;
  }
  rates.requests = status;
  if (limit->value == 0)
    return forbid(rule, limit->from, "You may not send any message here.");
  return wait(
      rule, limit->from,
      "You may send " + std::to_string(limit->value) + " messages in one "
          + std::string(span) + '.',
      window.until_at_most(limit->value - 1, now));
}

std::uint64_t less(std::uint64_t from, std::uint64_t amount) {
  return from - std::min(from, amount);
}

/// One budget and how it stands.
struct budget {
  const ruled<std::uint64_t>* limit;
  std::string_view rule;
  std::string_view span;
  day_tokens tokens;
  timestamp renewed_at;

  std::uint64_t left() const {
    return less(less(limit->value, tokens.used), tokens.reserved);
  }
  limit_status status(std::uint64_t taken, timestamp now) const {
    return {limit->value, less(left(), taken), renewed_at - now};
  }
};

std::vector<budget> budgets_of(
    const effective_policy& policy, const usage_counters& all,
    const usage_counters& with_agent, timestamp now) {
  std::vector<budget> out;
  if (const auto& day = policy.tokens_per_day)
    out.push_back(
        {&*day, "maxTokensPerDay", "day",
         counters_of(*day, all, with_agent).of_day(now), next_utc_day(now)});
  if (const auto& month = policy.tokens_per_month)
    out.push_back(
        {&*month, "maxTokensPerMonth", "month",
         counters_of(*month, all, with_agent).of_month(now),
         next_utc_month(now)});
  return out;
}

refusal refuse_over(const budget& b, std::uint64_t prompt, timestamp now) {
  auto limit = std::to_string(b.limit->value);
  if (b.limit->value <= prompt)
    return forbid(
        b.rule, b.limit->from,
        "This conversation alone is larger than your budget of " + limit
            + " tokens a " + std::string(b.span) + '.');
  // What running turns have reserved and do not use comes back with their end.
  bool may_come_back = less(b.limit->value, b.tokens.used) > prompt;
  microseconds in = may_come_back ? microseconds{std::chrono::seconds{1}}
                                  : b.renewed_at - now;
  refusal out = wait(
      b.rule, b.limit->from,
      may_come_back
          ? "Your running chats have reserved what is left of your budget of "
                + limit + " tokens a " + std::string(b.span) + '.'
          : "You have used up your budget of " + limit + " tokens a "
                + std::string(b.span) + '.',
      in);
  out.code = ec::quota_exceeded;
  return out;
}

bool in_hours_of(
    const active_hours& hours, std::int64_t day, std::int64_t minute) {
  // 1970-01-01 was a Thursday.
  auto weekday = ((day + 3) % 7 + 7) % 7;
  auto to = static_cast<std::int64_t>(hours.to_minute);
  if (to <= hours.from_minute)
    to += day_minutes;
  return (hours.days >> weekday & 1) != 0 && minute >= hours.from_minute
         && minute < to;
}

/// Minutes since 1970 of the policy's own clock.
std::int64_t local_minute(const active_hours& hours, timestamp now) {
  return std::chrono::floor<minutes>(now).time_since_epoch().count()
         + hours.utc_offset_minutes;
}

bool is_open_at(const active_hours& hours, std::int64_t local) {
  auto day = local >= 0 ? local / day_minutes
                        : (local - day_minutes + 1) / day_minutes;
  auto minute = local - day * day_minutes;
  // Hours that go over midnight belong to the day on which they begin.
  return in_hours_of(hours, day, minute)
         || in_hours_of(hours, day - 1, minute + day_minutes);
}

} // namespace

bool is_open(const active_hours& hours, timestamp now) {
  return is_open_at(hours, local_minute(hours, now));
}

std::optional<microseconds>
until_open(const active_hours& hours, timestamp now) {
  auto local = local_minute(hours, now);
  // Hours open at their beginning, once a day at most.
  auto start = local - ((local % day_minutes) + day_minutes) % day_minutes;
  if (is_open_at(hours, local))
    return microseconds{0};
  for (int day = 0; day <= 8; ++day, start += day_minutes) {
    auto opens = start + hours.from_minute;
    if (opens > local && is_open_at(hours, opens))
      return timestamp{minutes{opens - hours.utc_offset_minutes}} - now;
  }
  return std::nullopt;
}

verdict judge_budgets(
    const effective_policy& policy, const turn_facts& turn,
    const usage_counters& all, const usage_counters& with_agent,
    timestamp now) {
  verdict out;
  out.max_output_tokens = turn.max_output_tokens;
  if (policy.output_tokens)
    out.max_output_tokens =
        std::min(out.max_output_tokens, policy.output_tokens->value);
  auto budgets = budgets_of(policy, all, with_agent, now);
  for (const auto& b : budgets) {
    auto left = b.left();
    if (turn.prompt_tokens + out.max_output_tokens <= left)
      continue;
    if (b.tokens.reserved > 0 || left <= turn.prompt_tokens) {
      out.refused = refuse_over(b, turn.prompt_tokens, now);
      out.rates.tokens = b.status(0, now);
      return out;
    }
    out.max_output_tokens =
        static_cast<std::uint32_t>(left - turn.prompt_tokens);
  }
  out.reserved_tokens = turn.prompt_tokens + out.max_output_tokens;
  for (const auto& b : budgets)
    note(out.rates.tokens, b.status(out.reserved_tokens, now));
  return out;
}

verdict judge(
    const effective_policy& policy, const turn_facts& turn,
    const usage_counters& all, const usage_counters& with_agent,
    timestamp now) {
  verdict out;
  out.refused = judge_request(policy, turn, now, out.models);
  if (out.refused)
    return out;
  if (const auto& limit = policy.concurrent_streams) {
    if (counters_of(*limit, all, with_agent).running >= limit->value) {
      out.refused = limit->value == 0
                        ? forbid(
                            "maxConcurrentStreams", limit->from,
                            "You may not send any message here.")
                        : wait(
                            "maxConcurrentStreams", limit->from,
                            "You may have " + std::to_string(limit->value)
                                + " answers at once.",
                            std::chrono::seconds{1});
      return out;
    }
  }
  rate_status rates;
  auto window = [&](const auto& limit, auto member) -> const rate_window& {
    return (limit && limit->per_agent ? with_agent : all).*member;
  };
  out.refused = judge_rate(
      policy.requests_per_minute, "maxRequestsPerMinute", "minute",
      window(policy.requests_per_minute, &usage_counters::minute), now, rates);
  if (!out.refused)
    out.refused = judge_rate(
        policy.requests_per_hour, "maxRequestsPerHour", "hour",
        window(policy.requests_per_hour, &usage_counters::hour), now, rates);
  if (out.refused) {
    out.rates = rates;
    return out;
  }
  auto models = std::move(out.models);
  out = judge_budgets(policy, turn, all, with_agent, now);
  out.models = std::move(models);
  out.rates.requests = rates.requests;
  out.max_turn_ms = turn.max_turn_ms;
  if (policy.turn_seconds)
    out.max_turn_ms = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        out.max_turn_ms, std::uint64_t{1000} * policy.turn_seconds->value));
  return out;
}

namespace {

/// As Go writes a time.Duration, which is what OpenAI sends.
std::string duration_text(microseconds d) {
  auto ms = std::max<std::int64_t>(
      std::chrono::ceil<std::chrono::milliseconds>(d).count(), 0);
  if (ms < 1000)
    return std::to_string(ms) + "ms";
  std::string out;
  auto seconds = (ms + 999) / 1000;
  if (seconds >= 3600)
    out += std::to_string(seconds / 3600) + 'h';
  if (seconds >= 60)
    out += std::to_string(seconds / 60 % 60) + 'm';
  return out + std::to_string(seconds % 60) + 's';
}

} // namespace

std::vector<std::pair<std::string, std::string>>
rate_headers(const rate_status& rates) {
  std::vector<std::pair<std::string, std::string>> out;
  auto add = [&out](std::string_view of, const limit_status& status) {
    std::string name{of};
    out.emplace_back("x-ratelimit-limit-" + name, std::to_string(status.limit));
    out.emplace_back(
        "x-ratelimit-remaining-" + name, std::to_string(status.remaining));
    out.emplace_back("x-ratelimit-reset-" + name, duration_text(status.reset));
  };
  if (rates.requests)
    add("requests", *rates.requests);
  if (rates.tokens)
    add("tokens", *rates.tokens);
  return out;
}

} // namespace hansard
