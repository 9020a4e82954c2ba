#include "projections/usage/admission.hpp"
#include "tests/projections/support.hpp"

namespace hansard::test {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

policy_ref ref(std::uint64_t n) {
  return {policy_id{make_ulid(1'780'000, 4, n)}, 1};
}

/// 2026-05-28T20:26:40Z, a Thursday.
const timestamp noon_or_so = from_unix_us(1'780'000'000'000'000);

class AdmissionTest : public ::testing::Test {
protected:
  AdmissionTest() {
    facts.models = {"large", "small"};
    facts.input_chars = 100;
    facts.roles = role_bit(role::user);
    facts.prompt_tokens = 50;
    facts.max_output_tokens = 1'000;
    facts.max_turn_ms = 60'000;
  }

  verdict judged() const { return judge(policy, facts, all, with_agent, now); }
  void expect_refused(ec code, std::string_view rule) const {
    auto out = judged();
    ASSERT_TRUE(out.refused) << rule;
    EXPECT_EQ(out.refused->code, code);
    EXPECT_EQ(out.refused->rule, rule);
    EXPECT_EQ(out.refused->policy, ref(1));
    EXPECT_FALSE(out.refused->reason.empty());
    EXPECT_EQ(out.refused->retry_after.has_value(), code != ec::forbidden);
  }
  template <class T>
  static ruled<T> limit(T value, bool per_agent = false) {
    return {value, ref(1), per_agent};
  }
  void requests(int count, microseconds ago = microseconds{0}) {
    for (int i = 0; i < count; ++i) {
      all.minute.add(now - ago);
      all.hour.add(now - ago);
    }
  }
  void tokens(std::uint64_t used, std::uint64_t reserved = 0) {
    all.days[utc_day(now)] = {used, reserved};
  }

  effective_policy policy;
  turn_facts facts;
  usage_counters all;
  usage_counters with_agent;
  timestamp now = noon_or_so;
};

TEST_F(AdmissionTest, WithoutAPolicyTheAgentsCapsHold) {
  requests(1'000);
  tokens(1'000'000);
  all.running = 500;
  auto out = judged();
  EXPECT_FALSE(out.refused);
  EXPECT_EQ(out.models, facts.models);
  EXPECT_EQ(out.max_output_tokens, 1'000u);
  EXPECT_EQ(out.max_turn_ms, 60'000u);
  EXPECT_EQ(out.reserved_tokens, 1'050u);
  EXPECT_TRUE(rate_headers(out.rates).empty());
}

TEST_F(AdmissionTest, CapsAreTheLesserOfAgentAndPolicy) {
  policy.output_tokens = limit(200u);
  policy.turn_seconds = limit(5u);
  auto out = judged();
  EXPECT_EQ(out.max_output_tokens, 200u);
  EXPECT_EQ(out.max_turn_ms, 5'000u);
  policy.output_tokens = limit(2'000u);
  policy.turn_seconds = limit(std::uint32_t{4'000'000'000});
  out = judged();
  EXPECT_EQ(out.max_output_tokens, 1'000u);
  EXPECT_EQ(out.max_turn_ms, 60'000u);
}

TEST_F(AdmissionTest, OnlyAllowedModelsAreLeftInTheAgentsOrder) {
  policy.models = {{{"small", "other"}, ref(1)}};
  EXPECT_EQ(judged().models, std::vector<std::string>{"small"});
  policy.models = {{{"small", "large"}, ref(2)}, {{"large"}, ref(1)}};
  EXPECT_EQ(judged().models, std::vector<std::string>{"large"});
  policy.models = {{{"small"}, ref(2)}, {{"large"}, ref(1)}};
  expect_refused(ec::forbidden, "allowedModels");
  policy.models = {{{}, ref(1)}};
  expect_refused(ec::forbidden, "allowedModels");
}

TEST_F(AdmissionTest, ARoleThatIsNotAllowedIsRefusedForGood) {
  for (unsigned sent = 1; sent < 16; ++sent)
    for (unsigned allowed = 0; allowed < 16; ++allowed) {
      facts.roles = static_cast<std::uint8_t>(sent);
      policy.roles = {{static_cast<std::uint8_t>(allowed), ref(1)}};
      EXPECT_EQ(judged().refused.has_value(), (sent & ~allowed) != 0)
          << sent << ' ' << allowed;
    }
  policy.roles = {{15, ref(2)}, {role_bit(role::tool), ref(1)}};
  expect_refused(ec::forbidden, "allowedRoles");
}

TEST_F(AdmissionTest, InputIsRefusedFromOneCharacterTooManyOn) {
  policy.input_chars = limit(100u);
  EXPECT_FALSE(judged().refused);
  facts.input_chars = 101;
  expect_refused(ec::forbidden, "maxInputChars");
}

TEST_F(AdmissionTest, StreamsAtOnceAreCountedWhereThePolicyCounts) {
  policy.concurrent_streams = limit(2u);
  all.running = 1;
  with_agent.running = 5;
  EXPECT_FALSE(judged().refused);
  all.running = 2;
  expect_refused(ec::rate_limited, "maxConcurrentStreams");
  policy.concurrent_streams = limit(6u, true);
  all.running = 100;
  EXPECT_FALSE(judged().refused);
  policy.concurrent_streams = limit(0u);
  expect_refused(ec::forbidden, "maxConcurrentStreams");
}

TEST_F(AdmissionTest, RequestsOfAMinuteAreCountedOverASlidingMinute) {
  policy.requests_per_minute = limit(3u);
  requests(2, seconds{30});
  auto out = judged();
  EXPECT_FALSE(out.refused);
  EXPECT_EQ(out.rates.requests->limit, 3u);
  EXPECT_EQ(out.rates.requests->remaining, 0u);
  requests(1, seconds{10});
  expect_refused(ec::rate_limited, "maxRequestsPerMinute");
  // The oldest leaves after no less than a minute, and a second more at most.
  auto wait = *judged().refused->retry_after;
  EXPECT_GE(wait, seconds{30});
  EXPECT_LE(wait, seconds{31});
  now += wait;
  EXPECT_FALSE(judged().refused);
  now -= microseconds{1};
  EXPECT_TRUE(judged().refused);
}

TEST_F(AdmissionTest, NoSpanOfAMinuteEverHoldsMoreThanTheLimit) {
  policy.requests_per_minute = limit(7u);
  std::mt19937_64 random{20'260'528};
  std::vector<timestamp> admitted;
  for (int i = 0; i < 5'000; ++i) {
    now += milliseconds{random() % 4'000};
    if (judged().refused)
      continue;
    all.minute.add(now);
    admitted.push_back(now);
  }
  ASSERT_GT(admitted.size(), 500u);
  for (std::size_t i = 7; i < admitted.size(); ++i)
    ASSERT_GE(admitted[i] - admitted[i - 7], minutes{1});
}

TEST_F(AdmissionTest, TheHourIsALimitOfItsOwn) {
  policy.requests_per_minute = limit(100u);
  policy.requests_per_hour = limit(5u);
  requests(5, minutes{30});
  expect_refused(ec::rate_limited, "maxRequestsPerHour");
  now += minutes{31};
  EXPECT_FALSE(judged().refused);
  policy.requests_per_hour = limit(0u);
  expect_refused(ec::forbidden, "maxRequestsPerHour");
}

TEST_F(AdmissionTest, ABudgetIsForPromptAndOutputTogether) {
  policy.tokens_per_day = limit(std::uint64_t{10'000});
  tokens(8'000, 950);
  EXPECT_FALSE(judged().refused) << "1,050 are left and 1,050 are reserved";
  EXPECT_EQ(judged().rates.tokens->remaining, 0u);
  tokens(8'000, 951);
  expect_refused(ec::quota_exceeded, "maxTokensPerDay");
  EXPECT_LE(*judged().refused->retry_after, seconds{1})
      << "what is reserved may come back with any turn that ends";
}

TEST_F(AdmissionTest, ASpentBudgetComesBackWithTheDayOrTheMonth) {
  policy.tokens_per_day = limit(std::uint64_t{1'000});
  tokens(1'000);
  expect_refused(ec::quota_exceeded, "maxTokensPerDay");
  now += *judged().refused->retry_after;
  EXPECT_EQ(now, next_utc_day(noon_or_so));
  EXPECT_FALSE(judged().refused);

  policy.tokens_per_day.reset();
  policy.tokens_per_month = limit(std::uint64_t{1'000});
  expect_refused(ec::quota_exceeded, "maxTokensPerMonth");
  now += *judged().refused->retry_after;
  EXPECT_EQ(to_iso8601(now), "2026-06-01T00:00:00.000Z");
  EXPECT_FALSE(judged().refused);
}

TEST_F(AdmissionTest, ALoneTurnMayHaveWhatIsLeft) {
  policy.tokens_per_day = limit(std::uint64_t{1'000});
  tokens(700);
  auto out = judged();
  ASSERT_FALSE(out.refused);
  EXPECT_EQ(out.max_output_tokens, 250u);
  EXPECT_EQ(out.reserved_tokens, 300u);
  tokens(949);
  EXPECT_EQ(judged().max_output_tokens, 1u);
  tokens(950);
  expect_refused(ec::quota_exceeded, "maxTokensPerDay");
  tokens(600, 1);
  expect_refused(ec::quota_exceeded, "maxTokensPerDay");
}

TEST_F(AdmissionTest, WhatNoWaitingMakesRoomForIsForbidden) {
  policy.tokens_per_day = limit(std::uint64_t{50});
  expect_refused(ec::forbidden, "maxTokensPerDay");
  policy.tokens_per_day = limit(std::uint64_t{51});
  EXPECT_FALSE(judged().refused);
}

TEST_F(AdmissionTest, ABudgetOfAnAgentCountsThatAgentAlone) {
  policy.tokens_per_day = limit(std::uint64_t{2'000}, true);
  tokens(1'000'000);
  EXPECT_FALSE(judged().refused);
  with_agent.days[utc_day(now)] = {2'000, 0};
  expect_refused(ec::quota_exceeded, "maxTokensPerDay");
}

TEST_F(AdmissionTest, UseOfOtherDaysAndMonthsDoesNotCount) {
  policy.tokens_per_day = limit(std::uint64_t{2'000});
  policy.tokens_per_month = limit(std::uint64_t{10'000});
  all.days[utc_day(now) - 1] = {8'000, 0};
  all.days[utc_day(now) - 40] = {80'000, 0};
  EXPECT_FALSE(judged().refused);
  all.days[utc_day(now) - 1] = {10'000, 0};
  expect_refused(ec::quota_exceeded, "maxTokensPerMonth");
}

TEST_F(AdmissionTest, TheHeadersAreThoseThatOpenAisClientsRead) {
  policy.requests_per_minute = limit(60u);
  policy.tokens_per_day = limit(std::uint64_t{10'000});
  requests(9);
  using headers = std::vector<std::pair<std::string, std::string>>;
  auto out = rate_headers(judged().rates);
  EXPECT_EQ(
      out, (headers{
               {"x-ratelimit-limit-requests", "60"},
               {"x-ratelimit-remaining-requests", "50"},
               {"x-ratelimit-reset-requests", "1m1s"},
               {"x-ratelimit-limit-tokens", "10000"},
               {"x-ratelimit-remaining-tokens", "8950"},
               {"x-ratelimit-reset-tokens", "3h33m20s"}}));
  rate_status soon;
  soon.requests = limit_status{1, 0, milliseconds{17}};
  EXPECT_EQ(rate_headers(soon).back().second, "17ms");
}

/// Minute by minute over two weeks, against a plain reading of the rule.
TEST(ActiveHoursTest, AreOpenInEachMinuteOfTheirDaysAndInNoOther) {
  const active_hours table[] = {
      {0x1f, 480, 1'080, 0}, {0x7f, 0, 1'440, 0},      {0x01, 600, 601, 330},
      {0x40, 1'320, 360, 0}, {0x40, 1'320, 360, -480}, {0x11, 720, 720, 60},
      {0x00, 0, 1'440, 0},
  };
  for (const auto& window : table) {
    for (int m = 0; m < 14 * 1'440; ++m) {
      auto now = noon_or_so + minutes{m};
      auto local = now + minutes{window.utc_offset_minutes};
      auto day = std::chrono::floor<std::chrono::days>(local);
      auto minute = std::chrono::floor<minutes>(local - day).count();
      auto is_day = [&](auto date) {
        auto iso = std::chrono::weekday{date}.iso_encoding();
        return (window.days >> (iso - 1) & 1) != 0;
      };
      bool over_midnight = window.to_minute <= window.from_minute;
      bool open = false;
      if (over_midnight)
        open = (is_day(day) && minute >= window.from_minute)
               || (is_day(day - std::chrono::days{1})
                   && minute < window.to_minute);
      else
        open = is_day(day) && minute >= window.from_minute
               && minute < window.to_minute;
      ASSERT_EQ(is_open(window, now), open)
          << to_iso8601(now) << ' ' << int{window.days};
      auto wait = until_open(window, now);
      ASSERT_EQ(wait.has_value(), window.days != 0);
      if (!wait)
        continue;
      ASSERT_EQ(wait->count() == 0, open) << to_iso8601(now);
      ASSERT_TRUE(is_open(window, now + *wait)) << to_iso8601(now);
      if (!open) {
        ASSERT_FALSE(is_open(window, now + *wait - microseconds{1}));
      }
    }
  }
}

TEST(ActiveHoursTest, OutsideOfThemATurnIsToldWhenTheyBegin) {
  effective_policy policy;
  policy.hours = {{{0x1f, 480, 1'080, 0}, ref(1)}};
  turn_facts facts;
  facts.models = {"m"};
  auto out = judge(policy, facts, {}, {}, noon_or_so);
  ASSERT_TRUE(out.refused);
  EXPECT_EQ(out.refused->code, ec::rate_limited);
  EXPECT_EQ(
      to_iso8601(noon_or_so + *out.refused->retry_after),
      "2026-05-29T08:00:00.000Z");
  policy.hours = {{{0, 480, 1'080, 0}, ref(1)}};
  EXPECT_EQ(
      judge(policy, facts, {}, {}, noon_or_so).refused->code, ec::forbidden);
}

} // namespace
} // namespace hansard::test
