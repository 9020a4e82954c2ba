#include "actors/secrets/api_key.hpp"
#include "projections/directory/access.hpp"
#include "projections/usage/ledger.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

namespace hansard::benchmark {

namespace {

constexpr std::uint64_t users = 10'000;
constexpr std::uint64_t grants = 100'000;
constexpr std::uint64_t policies = 1'000;
constexpr std::uint64_t agents = 100;

std::string user_name(std::uint64_t n) {
  return "did:user:" + std::to_string(n);
}
std::string agent_name(std::uint64_t n) {
  return "did:agent:" + std::to_string(n);
}
std::string key_text(std::uint64_t n) {
  return "hsd_benchmark_key_" + std::to_string(n);
}

/// An organisation of the size that the project promises to be fast with.
class organisation {
public:
  organisation() {
    for (std::uint64_t n = 0; n < users; ++n) {
      apply(user_registered{user_name(n), "", user_role::member, {}});
      api_key_issued key;
      key.id = key_id{make_ulid(1, 1, n)};
      key.user = user_name(n);
      key.sha256 = sha256(key_text(n));
      apply(std::move(key));
    }
    for (std::uint64_t n = 0; n < grants; ++n)
      apply(grant_issued{
          grant_id{make_ulid(1, 2, n)},
          user_name(n % users),
          agent_name(n / users % agents),
          {"chat"},
          0,
          {}});
    for (std::uint64_t n = 0; n < policies; ++n)
      apply(policy(n));
  }

  access_directory access;

private:
  void apply(event body) {
    version_ = version_.next();
    access.apply(
        {{version_.value},
         control_stream,
         version_,
         timestamp{},
         std::move(body)});
  }

  /// One for all, one for each agent, some groups, the rest about users.
  static policy_set policy(std::uint64_t n) {
    policy_set out;
    out.id = policy_id{make_ulid(1, 3, n)};
    auto& spec = out.spec;
    spec.rules.max_requests_per_minute = 1'000'000;
    if (n == 0) {
      spec.rules.max_tokens_per_day = std::uint64_t{1} << 50;
      spec.rules.max_output_tokens = 4'096;
    } else if (n <= agents) {
      spec.scope = policy_scope::agent;
      spec.subject = agent_name(n - 1);
    } else if (n <= 200) {
      spec.scope = policy_scope::group;
      spec.subject = "group" + std::to_string(n);
    } else {
      spec.scope = policy_scope::user;
      spec.subject = user_name(n);
    }
    return out;
  }

  stream_version version_;
};

organisation& the_organisation() {
  static organisation one;
  return one;
}

/// From a key's text to a reserved turn, and its end: all that a request pays
/// for being known, allowed and limited.
void authenticate_and_admit(::benchmark::State& state) {
  auto& access = the_organisation().access;
  usage_ledger ledger;
  auto now = from_unix_us(1'780'000'000'000'000);
  turn_facts facts;
  facts.models = {"model"};
  facts.prompt_tokens = 100;
  facts.max_output_tokens = 200'000;
  facts.max_turn_ms = 900'000;
  std::vector<std::string> keys;
  for (std::uint64_t n = 0; n < users; ++n)
    keys.push_back(key_text(n));
  std::uint64_t n = 0;
  for (auto _ : state) {
    // A stride that visits the users in no order of memory.
    auto user = n * 7'919 % users;
    auto who = access.find_key(sha256(keys[user]), now);
    who->groups = {"group110", "group120"};
    auto agent = agent_name(user % 10);
    auto basis = access.basis_for(*who, agent, "chat", now);
    auto policy = access.policy_for(*who, agent, now);
    auto sources = policy.sources();
    turn_id turn{make_ulid(1, 4, n)};
    auto judged = ledger.admit(turn, who->user, agent, policy, facts, now);
    if (!basis || judged.refused) {
      state.SkipWithError("a request was refused");
      break;
    }
    ledger.release(turn);
    ::benchmark::DoNotOptimize(sources);
    ++n;
    now += std::chrono::milliseconds{1};
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(authenticate_and_admit)->Unit(::benchmark::kMicrosecond);

} // namespace

} // namespace hansard::benchmark
