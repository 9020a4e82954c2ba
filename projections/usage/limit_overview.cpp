#include "projections/usage/limit_overview.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace hansard {

namespace {

struct counted {
  std::uint64_t used = 0;
  std::uint64_t reserved = 0;
  std::chrono::microseconds reset{0};
};

class overview {
public:
  overview(const usage_counters& all, const usage_counters& with_agent)
      : all_(all),
        with_agent_(with_agent) {}

  template <class T, class Count>
  void
  add(std::string_view rule, const std::optional<ruled<T>>& limit,
      Count count) {
    if (!limit)
      return;
    counted now = count(limit->per_agent ? with_agent_ : all_);
    std::uint64_t most = limit->value;
    auto taken = std::min(most, now.used + now.reserved);
    found_.push_back(
        {rule, limit->from, most, now.used, now.reserved, most - taken,
         now.reset});
  }

  std::vector<limit_in_force> take() { return std::move(found_); }

private:
  const usage_counters& all_;
  const usage_counters& with_agent_;
  std::vector<limit_in_force> found_;
};

} // namespace

std::vector<limit_in_force> limits_in_force(
    const effective_policy& policy, const usage_counters& all,
    const usage_counters& with_agent, timestamp now) {
  overview out{all, with_agent};
  auto window = [now](const rate_window& w) {
    return counted{w.count(now), 0, w.until_at_most(0, now)};
  };
  auto tokens = [now](const day_tokens& t, timestamp renewed_at) {
    return counted{t.used, t.reserved, renewed_at - now};
  };
  out.add("maxRequestsPerMinute", policy.requests_per_minute, [&](auto& c) {
    return window(c.minute);
  });
  out.add("maxRequestsPerHour", policy.requests_per_hour, [&](auto& c) {
    return window(c.hour);
  });
  out.add("maxConcurrentStreams", policy.concurrent_streams, [](auto& c) {
    return counted{0, c.running, std::chrono::microseconds{0}};
  });
  out.add("maxTokensPerDay", policy.tokens_per_day, [&](auto& c) {
    return tokens(c.of_day(now), next_utc_day(now));
  });
  out.add("maxTokensPerMonth", policy.tokens_per_month, [&](auto& c) {
    return tokens(c.of_month(now), next_utc_month(now));
  });
  return out.take();
}

} // namespace hansard
