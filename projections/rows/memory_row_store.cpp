#include "projections/rows/row_store.hpp"

#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace hansard {

namespace {

using rows_by_key = std::map<std::string, std::string, std::less<>>;

struct memory_table {
  /// Shared with the scans that visit it; copied by a write that would show in
  /// one of them.
  std::shared_ptr<rows_by_key> rows = std::make_shared<rows_by_key>();
  log_position checkpoint;
};

class memory_row_store final : public row_store {
public:
  result<void> write(
      std::string_view table, const std::vector<change>& changes,
      log_position checkpoint) override {
    std::unique_lock lock{mutex_};
    auto& target = tables_[std::string(table)];
    if (target.rows.use_count() > 1)
      target.rows = std::make_shared<rows_by_key>(*target.rows);
    for (const auto& c : changes) {
      if (c.value)
        target.rows->insert_or_assign(c.key, *c.value);
      else
        target.rows->erase(c.key);
    }
    target.checkpoint = checkpoint;
    return {};
  }

  result<log_position> checkpoint(std::string_view table) const override {
    std::shared_lock lock{mutex_};
    auto found = tables_.find(table);
    return found == tables_.end() ? log_position{} : found->second.checkpoint;
  }

  result<std::optional<std::string>>
  get(std::string_view table, std::string_view key) const override {
    auto rows = snapshot(table);
    if (rows)
      if (auto found = rows->find(key); found != rows->end())
        return std::optional{found->second};
    return std::optional<std::string>{};
  }

  result<void> scan(
      std::string_view table, std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit)
      const override {
    auto rows = snapshot(table);
    if (!rows)
      return {};
    for (auto i = rows->lower_bound(std::max(prefix, from));
         i != rows->end() && i->first.starts_with(prefix); ++i)
      if (!visit(i->first, i->second))
        break;
    return {};
  }

  result<void> clear(std::string_view table) override {
    std::unique_lock lock{mutex_};
    if (auto found = tables_.find(table); found != tables_.end())
      tables_.erase(found);
    return {};
  }

private:
  std::shared_ptr<const rows_by_key> snapshot(std::string_view table) const {
    std::shared_lock lock{mutex_};
    auto found = tables_.find(table);
    return found == tables_.end() ? nullptr : found->second.rows;
  }

  mutable std::shared_mutex mutex_;
  std::map<std::string, memory_table, std::less<>> tables_;
};

} // namespace

std::unique_ptr<row_store> make_memory_row_store() {
  return std::make_unique<memory_row_store>();
}

} // namespace hansard
