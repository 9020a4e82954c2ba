#include "events/text/base64url.hpp"
#include "projections/sessions/session_list_rows.hpp"

#include <algorithm>

namespace hansard {

namespace {

constexpr std::size_t max_limit = 200;
constexpr std::size_t filtered_slice = 256;
/// 24 bytes in base64 need no padding.
constexpr std::size_t cursor_size = detail::activity_key_size / 3 * 4;

/// Any 24 bytes are a place in the list, so a forged cursor shows nothing that
/// the query's own range does not hold.
result<std::string> from_cursor(std::string_view cursor) {
  auto bytes =
      cursor.size() == cursor_size ? from_base64url(cursor) : std::nullopt;
  if (!bytes)
    return make_error(
        ec::invalid_request, "cursor is not one that this server gave. Leave "
                             "it out to list from the "
                             "start.");
  return *std::move(bytes);
}

result<std::optional<session_summary>>
find_row(const row_store& rows, const session_id& id) {
  auto bytes = rows.get(detail::session_list_name, detail::session_row_key(id));
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return std::optional<session_summary>{};
  auto row = detail::decode_row<detail::session_row>(**bytes);
  if (!row)
    return detail::damaged_rows(detail::session_list_name, id.to_string());
  return std::optional{detail::summary_of(id, std::move(*row))};
}

/// The keys of up to `limit` index rows behind `cursor`.
result<std::vector<std::string>> scan_index(
    const row_store& rows, const session_query& query, std::size_t limit) {
  auto prefix = detail::index_prefix(query.owner, query.agent, query.deleted);
  auto from = prefix;
  if (!query.cursor.empty()) {
    auto after = from_cursor(query.cursor);
    if (!after)
      return after.error();
    from += *after;
    // The least key behind it.
    from += '\0';
  }
  std::vector<std::string> activity;
  bool damaged = false;
  auto scanned = rows.scan(
      detail::session_list_name, prefix, from,
      [&](std::string_view key, std::string_view) {
        key.remove_prefix(prefix.size());
        damaged = key.size() != detail::activity_key_size;
        if (damaged)
          return false;
        activity.emplace_back(key);
        return activity.size() < limit;
      });
  if (!scanned)
    return scanned.error();
  if (damaged)
    return detail::damaged_rows(detail::session_list_name, "index");
  return activity;
}

bool is_wanted(const session_query& query, const session_summary& session) {
  return !query.filter
         || query.filter->matches({session.id.to_string(), session.title});
}

} // namespace

result<session_summary> session_list_reader::find(const session_id& id) const {
  auto row = find_row(*rows_, id);
  if (!row)
    return row.error();
  if (!*row)
    return no_such_session();
  return std::move(**row);
}

result<session_page>
session_list_reader::list(const session_query& query) const {
  if (query.limit < 1 || query.limit > max_limit)
    return make_error(ec::invalid_request, "limit must be 1 to 200.");
  // Without a filter one slice is the page.
  auto slice = query.filter ? filtered_slice : query.limit;
  auto rest = query;
  session_page page;
  for (std::size_t looked_at = 0;;) {
    auto activity = scan_index(*rows_, rest, slice + 1);
    if (!activity)
      return activity.error();
    bool more = activity->size() > slice;
    if (more)
      activity->pop_back();
    for (const auto& key : *activity) {
      auto row = find_row(*rows_, detail::session_of_activity_key(key));
      if (!row)
        return row.error();
      // Gone only while a rebuild clears the table.
      bool wanted = *row && is_wanted(query, **row);
      if (wanted && page.sessions.size() == query.limit) {
        page.next_cursor = rest.cursor;
        return page;
      }
      if (wanted)
        page.sessions.push_back(std::move(**row));
      rest.cursor = to_base64url(key);
    }
    looked_at += activity->size();
    if (!more)
      return page;
    if (!query.filter || looked_at >= max_sessions_looked_at) {
      page.next_cursor = rest.cursor;
      return page;
    }
  }
}

} // namespace hansard
