#pragma once

#include "events/batch.hpp"
#include "events/facts/credential_events.hpp"
#include "projections/lists/list_page.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

struct credential_record {
  sealed_credential sealed;
  timestamp created_at;
  timestamp updated_at;
  /// Who set its value.
  std::string by;
  /// How many it has had; 1: it is the first.
  std::uint64_t values = 0;
  /// Of the control stream, when its value was set.
  stream_version version{};
};

/// The read model of provider credentials, as they are sealed: in memory,
/// folded from the control stream at start and kept up by the registrar.
/// apply() from one thread; reads from any.
class credential_directory {
public:
  /// Folds one event of the control stream, in order; other types are ignored.
  void apply(const recorded_event& e);

  std::optional<credential_record> find(std::string_view name) const;
  /// By their names.
  list_page<credential_record> page(const list_query& query) const;
  std::size_t size() const;

  /// At once; one more is refused by whoever sets it.
  static constexpr std::size_t max_credentials = 1'000;

private:
  mutable std::shared_mutex mutex_;
  stream_version version_;
  std::map<std::string, credential_record, std::less<>> records_;
};

} // namespace hansard
