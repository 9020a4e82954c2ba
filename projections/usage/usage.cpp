#include "projections/usage/usage.hpp"

#include "projections/rows/session_fold.hpp"
#include "projections/usage/usage_rows.hpp"

#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

namespace hansard {

namespace {

using detail::usage_day_row;
using detail::usage_recent_row;
using detail::usage_session_row;

template <class Row>
result<std::optional<Row>>
find_row(const row_store& rows, const std::string& key) {
  auto bytes = rows.get(detail::usage_name, key);
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return std::optional<Row>{};
  auto row = detail::decode_row<Row>(**bytes);
  if (!row)
    return detail::damaged_rows(detail::usage_name, "a counter");
  return row;
}

class usage final : public detail::session_fold<usage_session_row> {
public:
  explicit usage(row_store& rows)
      : session_fold(rows, detail::usage_name, detail::usage_format),
        rows_(&rows) {}

private:
  std::string row_key(const session_id& id) const override {
    return detail::usage_session_key(id);
  }

  void apply(
      const session_id&, usage_session_row& row, stream_version version,
      timestamp at, const event& body) override {
    if (auto* opened = std::get_if<session_opened>(&body)) {
      row.agent = opened->agent;
      row.version = version.value;
    } else if (auto* admitted = std::get_if<turn_admitted>(&body)) {
      row.turn = admitted->turn;
      row.user = admitted->by.principal;
      row.admitted_us = to_unix_us(at);
      row.version = version.value;
      count(row);
    } else if (auto ended = ending_of(body)) {
      if (ended->turn == row.turn)
        settle(row, ended->usage);
      row.turn = {};
      row.version = version.value;
    }
  }

  void
  apply_run(usage_session_row&, stream_version, const token_run&) override {}

  void collect(
      const session_id& id, const std::optional<usage_session_row>&,
      const usage_session_row& row,
      std::vector<row_store::change>& changes) const override {
    changes.push_back({row_key(id), detail::encode_row(row)});
  }

  std::optional<error> trouble() const override { return trouble_; }
  void forget() override {
    days_.clear();
    recent_.clear();
    trouble_.reset();
  }

  /// A row as it is now, and stays until it is flushed.
  template <class Row, class Change>
  void
  change(std::map<std::string, Row>& cache, std::string key, Change change) {
    auto found = cache.find(key);
    if (found == cache.end()) {
      auto stored = find_row<Row>(*rows_, key);
      if (!stored) {
        trouble_ = stored.error();
        return;
      }
      found = cache.emplace(std::move(key), stored->value_or(Row{})).first;
    }
    change(found->second);
    pending().push_back({found->first, detail::encode_row(found->second)});
  }

  /// All of them, and this one.
  static std::array<std::string_view, 2>
  counted_agents(const usage_session_row& row) {
    return {std::string_view{}, std::string_view{row.agent}};
  }

  void count(const usage_session_row& row) {
    auto at = from_unix_us(row.admitted_us);
    for (auto agent : counted_agents(row)) {
      change(
          days_, detail::usage_day_key(row.user, agent, utc_day(at)),
          [](usage_day_row& day) { ++day.turns; });
      change(
          recent_, detail::usage_recent_key(row.user, agent),
          [at](usage_recent_row& recent) {
            usage_counters counters;
            counters.minute.restore(std::move(recent.minute));
            counters.hour.restore(std::move(recent.hour));
            counters.minute.add(at);
            counters.hour.add(at);
            recent.minute = counters.minute.content();
            recent.hour = counters.hour.content();
          });
    }
  }

  void settle(const usage_session_row& row, const token_usage& used) {
    auto day = utc_day(from_unix_us(row.admitted_us));
    for (auto agent : counted_agents(row))
      change(
          days_, detail::usage_day_key(row.user, agent, day),
          [&used](usage_day_row& counted) {
            counted.prompt += used.prompt;
            counted.completion += used.completion;
          });
  }

  row_store* rows_;
  std::map<std::string, usage_day_row> days_;
  std::map<std::string, usage_recent_row> recent_;
  std::optional<error> trouble_;
};

/// Visits the rows behind a prefix that have a key of this kind.
template <class Row, class Visit>
result<void>
each_row(const row_store& rows, const std::string& prefix, Visit visit) {
  bool damaged = false;
  auto scanned = rows.scan(
      detail::usage_name, prefix, prefix,
      [&](std::string_view key, std::string_view value) {
        auto names = detail::parse_usage_key(key);
        auto row = detail::decode_row<Row>(value);
        damaged = !names || !row;
        if (!damaged)
          visit(*names, std::move(*row));
        return !damaged;
      });
  if (scanned && damaged)
    return detail::damaged_rows(detail::usage_name, "a counter");
  return scanned;
}

} // namespace

std::unique_ptr<projection> make_usage(row_store& rows) {
  return std::make_unique<usage>(rows);
}

result<void> usage_reader::load(usage_ledger& into, timestamp now) const {
  std::map<std::pair<std::string, std::string>, usage_counters> found;
  auto at = [&found](const detail::usage_key& key) -> usage_counters& {
    return found[{std::string(key.user), std::string(key.agent)}];
  };
  auto read = each_row<usage_day_row>(
      *rows_, detail::usage_month_prefix(utc_month(now)),
      [&](const detail::usage_key& key, const usage_day_row& row) {
        at(key).days[key.day].used = row.prompt + row.completion;
      });
  if (!read)
    return read;
  read = each_row<usage_recent_row>(
      *rows_, std::string(detail::usage_recent_prefix),
      [&](const detail::usage_key& key, usage_recent_row row) {
        usage_counters recent;
        recent.minute.restore(std::move(row.minute));
        recent.hour.restore(std::move(row.hour));
        if (recent.hour.count(now) == 0 && recent.minute.count(now) == 0)
          return;
        auto& counters = at(key);
        counters.minute = std::move(recent.minute);
        counters.hour = std::move(recent.hour);
      });
  if (!read)
    return read;
  for (auto& [names, counters] : found)
    into.restore(names.first, names.second, std::move(counters));
  return {};
}

result<std::vector<usage_of_day>>
usage_reader::month_of(std::string_view user, std::int64_t month) const {
  std::vector<usage_of_day> out;
  auto read = each_row<usage_day_row>(
      *rows_, detail::usage_month_prefix(month, user),
      [&out](const detail::usage_key& key, const usage_day_row& row) {
        out.push_back(
            {key.day, std::string(key.agent), row.turns, row.prompt,
             row.completion});
      });
  if (!read)
    return read.error();
  return out;
}

} // namespace hansard
