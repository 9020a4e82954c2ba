#pragma once

#include "http/handler_tools.hpp"
#include "http/http_app.hpp"
#include "http/run_query.hpp"
#include "projections/list_page.hpp"

#include <boost/asio/awaitable.hpp>

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

namespace detail {

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
/// @param write appends an entry's JSON.
/// @param rest further members, each with a comma before it.
template <class Read, class Write>
boost::asio::awaitable<response> answer_list(
    exchange& x, std::string_view name, Read read, Write write,
    std::string rest = {}) {
  auto query = read_list_query(x);
  if (!query)
    co_return refuse(x, query.error());
  auto page = co_await run_query(
      x.app, [&] { return detail::as_result(read(*query)); });
  if (!page)
    co_return refuse(x, page.error());
  std::string out = "{\"" + std::string(name) + "\":[";
  for (const auto& entry : page->entries) {
    if (out.back() != '[')
      out += ',';
    write(out, entry);
  }
  out += ']';
  append_next_cursor(out, x, page->next);
  out += rest + '}';
  co_return json_response(std::move(out));
}

} // namespace hansard
