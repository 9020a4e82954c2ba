#pragma once

#include "projections/lists/list_page.hpp"
#include "projections/projection.hpp"
#include "projections/rows/row_store.hpp"
#include "projections/usage/ledger.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hansard {

/// What one principal used on one UTC day.
struct usage_of_day {
  std::int64_t day = 0;
  /// Empty: with all agents together.
  std::string agent;
  /// Turns admitted that day, of which those that ended give the tokens.
  std::uint64_t turns = 0;
  std::uint64_t prompt = 0;
  std::uint64_t completion = 0;

  bool operator==(const usage_of_day&) const = default;
};

/// What one principal used in a month, with one agent.
struct usage_total {
  std::string user;
  std::string agent;
  std::uint64_t turns = 0;
  std::uint64_t prompt = 0;
  std::uint64_t completion = 0;

  bool operator==(const usage_total&) const = default;
};

/// The fold: tokens by principal, agent and UTC day, from the events that admit
/// and end turns, and how many requests each had in the last hour of its log.
/// A turn counts in the day in which it was admitted.
std::unique_ptr<projection> make_usage(row_store& rows);

/// Reads of it; any thread.
class usage_reader {
public:
  explicit usage_reader(const row_store& rows) : rows_(&rows) {}

  /// Fills a new ledger with what the rows say of the month of `now`. The
  /// projection must have folded the whole log, with every turn ended.
  result<void> load(usage_ledger& into, timestamp now) const;

  /// The days of a UTC month (utc_month()) on which `user` had turns, by agent,
  /// then day.
  result<std::vector<usage_of_day>>
  month_of(std::string_view user, std::int64_t month) const;

  /// A month's totals in the order of the rows. A filter looks at both DIDs.
  /// @param user, agent empty: any.
  result<list_page<usage_total>> totals_of(
      std::int64_t month, std::string_view user, std::string_view agent,
      const list_query& query) const;

private:
  const row_store* rows_;
};

} // namespace hansard
