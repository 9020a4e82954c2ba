#include "events/text/json_text.hpp"
#include "http/app/http_app.hpp"
#include "http/app/run_query.hpp"
#include "http/routes/handler_tools.hpp"
#include "http/routes/list_answer.hpp"
#include "http/routes/tables.hpp"
#include "projections/usage/limit_overview.hpp"

#include <charconv>
#include <chrono>
#include <optional>

namespace hansard::handlers {

namespace {

/// Months since 1970-01.
struct month_text {
  std::int64_t number = 0;
  /// "2026-05".
  std::string text;
};

std::optional<int> digits(std::string_view text) {
  int out = 0;
  for (char c : text)
    if (c < '0' || c > '9')
      return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

/// The month of `month`, or the one that runs.
result<month_text> read_month(const exchange& x) {
  auto text = query_text(x, "month");
  if (text.empty())
    text = to_iso8601(wall_clock()).substr(0, 7);
  auto year = digits(std::string_view(text).substr(0, 4));
  auto month = text.size() == 7 && text[4] == '-'
                   ? digits(std::string_view(text).substr(5))
                   : std::nullopt;
  if (!year || !month || *year < 1970 || *month < 1 || *month > 12)
    return wrong_member("month", "must be a month of UTC, like 2026-05.");
  return month_text{(*year - 1970) * 12 + *month - 1, std::move(text)};
}

struct counts {
  std::uint64_t turns = 0;
  std::uint64_t prompt = 0;
  std::uint64_t completion = 0;
};

json_object_writer& add(json_object_writer& object, const counts& c) {
  return object.number("turns", c.turns)
      .number("promptTokens", c.prompt)
      .number("completionTokens", c.completion);
}

std::string date_of(std::int64_t day) {
  return to_iso8601(timestamp{std::chrono::days{day}}).substr(0, 10);
}

/// By agent, then day; `all` gets the sums.
std::string days_json(const std::vector<usage_of_day>& days, counts& all) {
  std::string out;
  json_array_writer list{out};
  for (const auto& day : days) {
    // What sums up the others.
    if (day.agent.empty()) {
      all.turns += day.turns;
      all.prompt += day.prompt;
      all.completion += day.completion;
      continue;
    }
    json_object_writer object{list.next()};
    object.text("date", date_of(day.day)).text("agentDid", day.agent);
    add(object, {day.turns, day.prompt, day.completion}).close();
  }
  list.close();
  return out;
}

std::string limits_json(const exchange& x, const principal& of) {
  auto now = wall_clock();
  auto agent = query_text(x, "agentDid");
  // An agent that the caller may not chat with is not there for them.
  if (!sees_all(x.who)
      && !x.app.actors.access().basis_for(x.who, agent, "chat", now))
    agent.clear();
  auto limits = limits_in_force(
      x.app.actors.access().policy_for(of, agent, now),
      x.app.actors.counters_of(of.user, {}),
      x.app.actors.counters_of(of.user, agent), now);
  return json_array(limits, [now](std::string& out, const auto& one) {
    json_object_writer{out}
        .text("rule", one.rule)
        .text("policyId", one.policy.id.to_string())
        .number("policyVersion", one.policy.version)
        .number("limit", one.limit)
        .number("used", one.used)
        .number("reserved", one.reserved)
        .number("remaining", one.remaining)
        .text("resetsAt", to_iso8601(now + one.reset))
        .close();
  });
}

awaitable<response> answer_usage(exchange& x, principal of) {
  auto month = read_month(x);
  if (!month)
    co_return refuse(x, month.error());
  if (auto ready = co_await projections_ready(x); !ready)
    co_return refuse(x, ready.error());
  auto days = co_await run_query(x.app, [&] {
    return x.app.actors.usage().month_of(of.user, month->number);
  });
  if (!days)
    co_return refuse(x, days.error());
  counts all;
  auto by_day = days_json(*days, all);
  std::string out;
  json_object_writer object{out};
  object.text("userDid", of.user).text("month", month->text);
  add(object, all)
      .raw("days", by_day)
      .raw("limits", limits_json(x, of))
      .close();
  co_return json_response(std::move(out));
}

awaitable<response> get_my_usage(exchange& x) {
  co_return co_await answer_usage(x, x.who);
}

awaitable<response> get_usage_of(exchange& x) {
  // Also of those whom the registry does not know: a claim may have named them.
  principal of;
  of.user = x.path["did"];
  co_return co_await answer_usage(x, std::move(of));
}

awaitable<response> list_usage(exchange& x) {
  auto month = read_month(x);
  if (!month)
    co_return refuse(x, month.error());
  if (auto ready = co_await projections_ready(x); !ready)
    co_return refuse(x, ready.error());
  auto user = query_text(x, "userDid");
  auto agent = query_text(x, "agentDid");
  co_return co_await answer_list(
      x, "usage",
      [&](const list_query& query) {
        return x.app.actors.usage().totals_of(
            month->number, user, agent, query);
      },
      [](std::string& out, const usage_total& total) {
        json_object_writer object{out};
        object.text("userDid", total.user).text("agentDid", total.agent);
        add(object, {total.turns, total.prompt, total.completion}).close();
      },
      R"(,"month":")" + month->text + '"');
}

} // namespace

std::span<const route> usage_routes() {
  using enum route_access;
  static constexpr std::array table{
      route{{"GET", "/api/usage", admin, overseeing}, list_usage},
      route{{"GET", "/api/users/me/usage", member, either}, get_my_usage},
      route{{"GET", "/api/users/{did}/usage", admin, overseeing}, get_usage_of},
  };
  return table;
}

} // namespace hansard::handlers
