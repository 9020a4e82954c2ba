#include "projections/usage/ledger.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace hansard {

namespace {

/// More counters than this, and those that count nothing are dropped.
constexpr std::size_t sweep_from = 100'000;

std::string key_of(std::string_view user, std::string_view agent) {
  std::string key{user};
  // No DID has a zero byte: they are printable.
  key += '\0';
  key += agent;
  return key;
}

} // namespace

struct usage_ledger::impl {
  struct entry {
    std::string user;
    std::string agent;
    timestamp at;
    std::uint64_t tokens = 0;
    bool on_record = false;
  };

  mutable std::mutex mutex;
  std::unordered_map<std::string, usage_counters> counters;
  std::unordered_map<turn_id, entry> turns;
  std::size_t sweep_at = sweep_from;

  template <class Change>
  void change(const entry& e, Change change) {
    change(counters[key_of(e.user, {})]);
    if (!e.agent.empty())
      change(counters[key_of(e.user, e.agent)]);
  }

  void count(const entry& e) {
    change(e, [&e](usage_counters& c) {
      c.minute.add(e.at);
      c.hour.add(e.at);
      ++c.running;
      c.days[utc_day(e.at)].reserved += e.tokens;
      c.forget_old(e.at);
    });
  }

  /// As if it had never come.
  void discount(const entry& e) {
    change(e, [&e](usage_counters& c) {
      c.minute.take_back(e.at);
      c.hour.take_back(e.at);
      --c.running;
      c.days[utc_day(e.at)].reserved -= e.tokens;
    });
  }

  void begin(const turn_admitted& body, timestamp at) {
    auto [found, is_new] = turns.try_emplace(body.turn);
    auto& e = found->second;
    if (e.on_record)
      return;
    if (!is_new)
      discount(e);
    e = {body.by.principal, body.agent, at, body.terms.reserved_tokens, true};
    count(e);
  }

  void end(const turn_ending& ended) {
    auto found = turns.find(ended.turn);
    if (found == turns.end())
      return;
    const auto& e = found->second;
    auto used = ended.usage.prompt + ended.usage.completion;
    change(e, [&e, used](usage_counters& c) {
      --c.running;
      auto& day = c.days[utc_day(e.at)];
      day.reserved -= e.tokens;
      day.used += used;
    });
    turns.erase(found);
  }

  void sweep(timestamp now) {
    if (counters.size() < sweep_at)
      return;
    std::erase_if(
        counters, [now](const auto& one) { return one.second.is_idle(now); });
    sweep_at = std::max(sweep_from, counters.size() * 2);
  }
};

usage_ledger::usage_ledger() : impl_(std::make_unique<impl>()) {}
usage_ledger::~usage_ledger() = default;

verdict usage_ledger::admit(
    const turn_id& turn, std::string_view user, std::string_view agent,
    const effective_policy& policy, const turn_facts& facts, timestamp now) {
  std::lock_guard lock{impl_->mutex};
  impl_->sweep(now);
  static const usage_counters nothing;
  auto counters = [&](std::string_view with) -> const usage_counters& {
    auto found = impl_->counters.find(key_of(user, with));
    return found == impl_->counters.end() ? nothing : found->second;
  };
  auto out = judge(policy, facts, counters({}), counters(agent), now);
  if (out.refused)
    return out;
  impl::entry reserved{
      std::string(user), std::string(agent), now, out.reserved_tokens, false};
  if (impl_->turns.try_emplace(turn, reserved).second)
    impl_->count(reserved);
  return out;
}

verdict usage_ledger::fit(
    const turn_id& turn, const effective_policy& policy,
    const turn_facts& facts, timestamp now) {
  std::lock_guard lock{impl_->mutex};
  auto found = impl_->turns.find(turn);
  if (found == impl_->turns.end() || found->second.on_record) {
    verdict out;
    out.refused = refusal{
        ec::internal,
        "reservation",
        {},
        "The turn's reservation was lost.",
        std::nullopt};
    return out;
  }
  auto& e = found->second;
  impl_->change(e, [&e](usage_counters& c) {
    c.days[utc_day(e.at)].reserved -= e.tokens;
  });
  auto out = judge_budgets(
      policy, facts, impl_->counters[key_of(e.user, {})],
      impl_->counters[key_of(e.user, e.agent)], now);
  e.tokens = out.refused ? 0 : out.reserved_tokens;
  impl_->change(e, [&e](usage_counters& c) {
    c.days[utc_day(e.at)].reserved += e.tokens;
  });
  if (out.refused) {
    impl_->discount(e);
    impl_->turns.erase(found);
  }
  return out;
}

void usage_ledger::release(const turn_id& turn) {
  std::lock_guard lock{impl_->mutex};
  auto found = impl_->turns.find(turn);
  if (found == impl_->turns.end() || found->second.on_record)
    return;
  impl_->discount(found->second);
  impl_->turns.erase(found);
}

void usage_ledger::fold(const event_batch& durable) {
  if (!is_session_stream(durable.stream))
    return;
  for (const auto& item : durable.items) {
    const auto* single = std::get_if<stamped_event>(&item);
    if (!single)
      continue;
    const auto* admitted = std::get_if<turn_admitted>(&*single->body);
    const auto ended = ending_of(*single->body);
    if (!admitted && !ended)
      continue;
    std::lock_guard lock{impl_->mutex};
    if (admitted)
      impl_->begin(*admitted, single->at);
    else
      impl_->end(*ended);
  }
}

void usage_ledger::restore(
    std::string_view user, std::string_view agent, usage_counters counters) {
  std::lock_guard lock{impl_->mutex};
  impl_->counters[key_of(user, agent)] = std::move(counters);
}

usage_counters
usage_ledger::read(std::string_view user, std::string_view agent) const {
  std::lock_guard lock{impl_->mutex};
  auto found = impl_->counters.find(key_of(user, agent));
  return found == impl_->counters.end() ? usage_counters{} : found->second;
}

std::size_t usage_ledger::reservations() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->turns.size();
}

} // namespace hansard
