#pragma once

#include "events/text/json_text.hpp"
#include "http/app/http_app.hpp"
#include "http/app/run_query.hpp"
#include "http/routes/handler_tools.hpp"
#include "projections/lists/list_page.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

/// The one form of lists: `limit`, `cursor` and `q` in the query string, and
/// {"<name>": […], "nextCursor": …} for an answer.
namespace hansard {

inline constexpr std::uint64_t default_page_entries = 50;
inline constexpr std::uint64_t max_page_entries = 200;

/// `limit`; 0 counts as 1.
result<std::size_t> read_limit(const exchange& x);
/// `q`; nullptr: there is none.
result<std::shared_ptr<const text_filter>> read_filter(const exchange& x);
/// All three. A cursor is one of this route with these path parameters: it
/// holds the key that it stands for and four bytes that check both.
/// @returns invalid_request.
result<list_query> read_list_query(const exchange& x);

/// Appends `,"nextCursor":…`; an empty key is the end of the list.
void append_next_cursor(
    std::string& out, const exchange& x, std::string_view key);

/// A page's entries as a JSON array, and the key that the next page begins
/// after; empty: this was the last.
struct list_text {
  std::string entries;
  std::string next;
};

namespace detail {

/// @param page called on a query thread.
boost::asio::awaitable<response> answer_list_text(
    exchange& x, std::string_view name,
    std::function<result<list_text>(const list_query&)> page, std::string rest);

template <class T>
result<list_page<T>> as_result(list_page<T> page) {
  return page;
}
template <class T>
result<list_page<T>> as_result(result<list_page<T>> page) {
  return page;
}

} // namespace detail

/// Answers with a page.
/// @param read called on a query thread with a list_query: the page.
/// @param write called there, too: appends an entry's JSON.
/// @param rest further members, each with a comma before it.
template <class Read, class Write>
boost::asio::awaitable<response> answer_list(
    exchange& x, std::string_view name, Read read, Write write,
    std::string rest = {}) {
  return detail::answer_list_text(
      x, name,
      [read = std::move(read),
       write = std::move(write)](const list_query& query) -> result<list_text> {
        auto page = detail::as_result(read(query));
        if (!page)
          return page.error();
        list_text out;
        out.entries = json_array(page->entries, write);
        out.next = std::move(page->next);
        return out;
      },
      std::move(rest));
}

} // namespace hansard
