#pragma once

#include "projections/lists/text_filter.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hansard {

/// Which part of a list. Places are keys of the list's own order, so that what
/// comes and goes between two pages moves nothing: an entry that stays is shown
/// once.
struct list_query {
  /// `next` of the page before; empty: from the start.
  std::string after{};
  std::size_t limit = 50;
  /// nullptr: all.
  std::shared_ptr<const text_filter> filter{};
};

template <class T>
struct list_page {
  /// No more than the limit; fewer where what is asked for is rare.
  std::vector<T> entries{};
  /// The key behind which the list goes on; empty: that was all.
  std::string next{};
};

/// Entries that one page looks at, at most: it ends early then.
inline constexpr std::size_t max_entries_looked_at = 20'000;
/// Of them, under one lock.
inline constexpr std::size_t entries_per_lock = 256;

/// Fills a page, letting writers in between every few entries.
///
/// @param walk called with the lock held, as walk(after, offer): calls
///        offer(key, texts, copy) for each entry whose key is behind `after`,
///        in order, until that returns false. `texts` are what the filter looks
///        at; `copy` makes the entry. Returns whether it was stopped.
template <class T, class Walk>
list_page<T>
fill_page(std::shared_mutex& mutex, const list_query& query, Walk walk) {
  list_page<T> page;
  auto at = query.after;
  std::size_t looked_at = 0;
  bool full = false;
  bool stopped = true;
  while (stopped && !full && looked_at < max_entries_looked_at) {
    auto left = std::min(entries_per_lock, max_entries_looked_at - looked_at);
    const auto after = at;
    auto offer = [&](std::string_view key,
                     std::initializer_list<std::string_view> texts,
                     const auto& copy) {
      if (left == 0)
        return false;
      --left;
      ++looked_at;
      bool wanted = !query.filter || query.filter->matches(texts);
      full = wanted && page.entries.size() >= query.limit;
      if (full)
        return false;
      if (wanted)
        page.entries.push_back(copy());
      at = key;
      return true;
    };
    std::shared_lock lock{mutex};
    stopped = walk(after, offer);
  }
  if (stopped)
    page.next = std::move(at);
  return page;
}

/// walk() over an ordered table: offer_entry(entry) passes it on.
template <class Table, class OfferEntry>
bool walk_behind(
    const Table& table, const std::string& after, OfferEntry offer_entry) {
  auto at = after.empty() ? table.begin() : table.upper_bound(after);
  for (; at != table.end(); ++at)
    if (!offer_entry(*at))
      return true;
  return false;
}

/// walk() over a list from a place in it.
template <class List, class OfferEntry>
bool walk_from(const List& list, std::size_t from, OfferEntry offer_entry) {
  for (; from < list.size(); ++from)
    if (!offer_entry(list[from]))
      return true;
  return false;
}

} // namespace hansard
