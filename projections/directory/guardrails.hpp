#pragma once

#include "events/batch.hpp"
#include "events/facts/guardrail_events.hpp"
#include "projections/directory/access.hpp"
#include "projections/lists/list_page.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

struct guardrail_record {
  guardrail_spec spec;
  /// Version on the control stream of the event that made it so.
  stream_version version;
  timestamp created_at;
  timestamp updated_at;

  bool operator==(const guardrail_record&) const = default;
};

/// The rules in force, in the order of their names. Immutable; shared.
using guardrail_list = std::shared_ptr<const std::vector<guardrail_record>>;

/// The read model of guardrails: in memory, folded from the control stream at
/// start and kept up by the registrar. apply() from one thread; reads from any.
class guardrail_directory {
public:
  guardrail_directory();
  ~guardrail_directory();

  /// Folds one event of the control stream, in order; other types are ignored.
  void apply(const recorded_event& e);

  /// Never nullptr.
  guardrail_list rules() const;
  /// By name. A filter looks at the name.
  list_page<guardrail_record> rules(const list_query& query) const;
  std::optional<guardrail_record> find(std::string_view name) const;

  /// Changes with every change of rules(); 0: there has never been a rule. To
  /// look costs one atomic load.
  std::uint64_t generation() const;

  /// Rules at once; one more is refused by whoever sets it.
  static constexpr std::size_t max_rules = 256;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Whether a rule is for an agent, whoever talks with it.
bool is_for(const guardrail_spec& rule, std::string_view agent);
/// Whether it is for the turns of somebody with that agent.
bool is_for(
    const guardrail_spec& rule, std::string_view agent, const principal& who);

} // namespace hansard
