#include "projections/usage/usage.hpp"
#include "projections/usage/usage_rows.hpp"

#include <string_view>
#include <utility>

namespace hansard {

namespace {

constexpr std::size_t day_bytes = 4;

/// What a row's key says of user and agent, as bytes in the rows' order.
std::string place_of(std::string_view key, std::size_t month_bytes) {
  key.remove_prefix(month_bytes);
  key.remove_suffix(day_bytes);
  return std::string(key);
}

/// Puts the rows of one user and agent together.
class totals_page {
public:
  totals_page(
      const list_query& query, std::string_view agent, std::size_t month_bytes)
      : query_(query),
        agent_(agent),
        month_bytes_(month_bytes) {}

  /// False: the page is whole, or the row is damaged.
  bool take(std::string_view key, std::string_view value) {
    auto names = detail::parse_usage_key(key);
    auto row = detail::decode_row<detail::usage_day_row>(value);
    damaged = !names || !row;
    if (damaged)
      return false;
    auto place = place_of(key, month_bytes_);
    if (place != at_ && !begin(*names, std::move(place)))
      return false;
    if (wanted_) {
      auto& total = page.entries.back();
      total.turns += row->turns;
      total.prompt += row->prompt;
      total.completion += row->completion;
    }
    return true;
  }

  list_page<usage_total> page;
  bool damaged = false;

private:
  bool begin(const detail::usage_key& names, std::string place) {
    // A row without an agent sums up what the others say.
    bool wanted = !names.agent.empty()
                  && (agent_.empty() || names.agent == agent_)
                  && (!query_.filter
                      || query_.filter->matches({names.user, names.agent}));
    bool full = wanted && page.entries.size() == query_.limit;
    if (full || ++looked_at_ > max_entries_looked_at) {
      page.next = at_;
      return false;
    }
    wanted_ = wanted;
    if (wanted)
      page.entries.push_back(
          {std::string(names.user), std::string(names.agent)});
    at_ = std::move(place);
    return true;
  }

  const list_query& query_;
  const std::string_view agent_;
  const std::size_t month_bytes_;
  std::string at_;
  bool wanted_ = false;
  std::size_t looked_at_ = 0;
};

} // namespace

result<list_page<usage_total>> usage_reader::totals_of(
    std::int64_t month, std::string_view user, std::string_view agent,
    const list_query& query) const {
  auto of_month = detail::usage_month_prefix(month);
  auto prefix =
      user.empty() ? of_month : detail::usage_month_prefix(month, user);
  auto from = prefix;
  if (!query.after.empty())
    // Behind every day of that user and agent.
    from = std::max(
        prefix, of_month + query.after + std::string(day_bytes + 1, '\xff'));
  totals_page out{query, agent, of_month.size()};
  auto scanned = rows_->scan(
      detail::usage_name, prefix, from,
      [&out](std::string_view key, std::string_view value) {
        return out.take(key, value);
      });
  if (!scanned)
    return scanned.error();
  if (out.damaged)
    return detail::damaged_rows(detail::usage_name, "a counter");
  return std::move(out.page);
}

} // namespace hansard
