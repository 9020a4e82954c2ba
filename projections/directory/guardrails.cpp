#include "projections/directory/guardrails.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace hansard {

struct guardrail_directory::impl {
  mutable std::shared_mutex mutex;
  stream_version version;
  guardrail_list rules = std::make_shared<std::vector<guardrail_record>>();
  std::atomic<std::uint64_t> generation{0};

  void fold(const recorded_event& e, const guardrail_set& body) {
    auto changed = std::make_shared<std::vector<guardrail_record>>(*rules);
    auto at = std::lower_bound(
        changed->begin(), changed->end(), body.rule.name,
        [](const auto& one, const auto& name) { return one.spec.name < name; });
    if (at == changed->end() || at->spec.name != body.rule.name) {
      at = changed->insert(at, guardrail_record{});
      at->created_at = e.at;
    }
    at->spec = body.rule;
    at->version = e.version;
    at->updated_at = e.at;
    put(std::move(changed), e.version);
  }
  void fold(const recorded_event& e, const guardrail_removed& body) {
    auto changed = std::make_shared<std::vector<guardrail_record>>(*rules);
    std::erase_if(*changed, [&body](const auto& one) {
      return one.spec.name == body.rule;
    });
    put(std::move(changed), e.version);
  }
  template <class Other>
  void fold(const recorded_event&, const Other&) {}

  void put(guardrail_list changed, stream_version at) {
    rules = std::move(changed);
    generation.store(at.value, std::memory_order_release);
  }
};

guardrail_directory::guardrail_directory() : impl_(std::make_unique<impl>()) {}
guardrail_directory::~guardrail_directory() = default;

void guardrail_directory::apply(const recorded_event& e) {
  if (e.stream != control_stream)
    return;
  std::unique_lock lock{impl_->mutex};
  if (e.version <= impl_->version)
    return;
  std::visit([&](const auto& body) { impl_->fold(e, body); }, e.body);
  impl_->version = e.version;
}

guardrail_list guardrail_directory::rules() const {
  std::shared_lock lock{impl_->mutex};
  return impl_->rules;
}

list_page<guardrail_record>
guardrail_directory::rules(const list_query& query) const {
  return fill_page<guardrail_record>(
      impl_->mutex, query, [&](const std::string& after, auto offer) {
        auto place = std::partition_point(
            impl_->rules->begin(), impl_->rules->end(),
            [&](const auto& one) { return one.spec.name <= after; });
        auto from = static_cast<std::size_t>(place - impl_->rules->begin());
        return walk_from(*impl_->rules, from, [&](const auto& one) {
          const auto& name = one.spec.name;
          return offer(name, {name}, [&] { return one; });
        });
      });
}

std::optional<guardrail_record>
guardrail_directory::find(std::string_view name) const {
  auto all = rules();
  for (const auto& one : *all)
    if (one.spec.name == name)
      return one;
  return std::nullopt;
}

std::uint64_t guardrail_directory::generation() const {
  return impl_->generation.load(std::memory_order_acquire);
}

bool is_for(const guardrail_spec& rule, std::string_view agent) {
  return rule.agents.empty()
         || std::find(rule.agents.begin(), rule.agents.end(), agent)
                != rule.agents.end();
}

bool is_for(
    const guardrail_spec& rule, std::string_view agent, const principal& who) {
  if (!is_for(rule, agent))
    return false;
  if (rule.users.empty() && rule.groups.empty())
    return true;
  const auto& users = rule.users;
  return std::find(users.begin(), users.end(), who.user) != users.end()
         || std::find_first_of(
                rule.groups.begin(), rule.groups.end(), who.groups.begin(),
                who.groups.end())
                != rule.groups.end();
}

} // namespace hansard
