#include "projections/directory/credentials.hpp"

#include <mutex>

namespace hansard {

void credential_directory::apply(const recorded_event& e) {
  if (e.stream != control_stream)
    return;
  std::unique_lock lock{mutex_};
  if (e.version <= version_)
    return;
  version_ = e.version;
  if (const auto* set = std::get_if<credential_set>(&e.body)) {
    auto [at, is_new] = records_.try_emplace(set->credential.name);
    at->second.sealed = set->credential;
    at->second.by = set->by.principal;
    at->second.updated_at = e.at;
    at->second.version = e.version;
    ++at->second.values;
    if (is_new)
      at->second.created_at = e.at;
  } else if (const auto* removed = std::get_if<credential_removed>(&e.body)) {
    records_.erase(removed->credential);
  }
}

std::optional<credential_record>
credential_directory::find(std::string_view name) const {
  std::shared_lock lock{mutex_};
  auto at = records_.find(name);
  if (at == records_.end())
    return std::nullopt;
  return at->second;
}

list_page<credential_record>
credential_directory::page(const list_query& query) const {
  return fill_page<credential_record>(
      mutex_, query, [this](const std::string& after, const auto& offer) {
        return walk_behind(records_, after, [&](const auto& entry) {
          const auto& [name, record] = entry;
          return offer(name, {name}, [&record = record] { return record; });
        });
      });
}

std::size_t credential_directory::size() const {
  std::shared_lock lock{mutex_};
  return records_.size();
}

} // namespace hansard
