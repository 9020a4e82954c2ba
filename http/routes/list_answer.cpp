#include "http/routes/list_answer.hpp"

#include "actors/secrets/api_key.hpp"
#include "events/text/base64url.hpp"
#include "events/text/json_text.hpp"

#include <algorithm>

namespace hansard {

namespace {

constexpr std::size_t check_bytes = 4;

/// Tells a cursor of this list from those of others, and from noise. It is no
/// seal: a forged one shows nothing that the list does not hold.
std::string check_of(const exchange& x, std::string_view key) {
  std::string text{x.route};
  for (const auto& [name, value] : x.path)
    text += '\0' + value;
  text += '\0';
  text += key;
  auto digest = sha256(text);
  return {digest.begin(), digest.begin() + check_bytes};
}

result<std::string> read_cursor(const exchange& x) {
  auto text = query_text(x, "cursor");
  if (text.empty())
    return text;
  auto bytes = from_base64url(text);
  if (bytes && bytes->size() > check_bytes) {
    auto key = bytes->substr(check_bytes);
    if (bytes->compare(0, check_bytes, check_of(x, key)) == 0)
      return key;
  }
  return wrong_member(
      "cursor", "is not one that this server gave for this list. Leave it out "
                "to list from the start.");
}

} // namespace

result<std::size_t> read_limit(const exchange& x) {
  auto limit = query_number(x, "limit", default_page_entries, max_page_entries);
  if (!limit)
    return limit.error();
  return static_cast<std::size_t>(std::max<std::uint64_t>(*limit, 1));
}

result<std::shared_ptr<const text_filter>> read_filter(const exchange& x) {
  auto part = query_text(x, "q");
  if (part.empty())
    return std::shared_ptr<const text_filter>{};
  return text_filter::make(part);
}

result<list_query> read_list_query(const exchange& x) {
  auto limit = read_limit(x);
  if (!limit)
    return limit.error();
  auto filter = read_filter(x);
  if (!filter)
    return filter.error();
  auto after = read_cursor(x);
  if (!after)
    return after.error();
  return list_query{std::move(*after), *limit, std::move(*filter)};
}

void append_next_cursor(
    std::string& out, const exchange& x, std::string_view key) {
  out += R"(,"nextCursor":)";
  if (key.empty())
    out += "null";
  else
    append_json_string(out, to_base64url(check_of(x, key) + std::string(key)));
}

boost::asio::awaitable<response> detail::answer_list_text(
    exchange& x, std::string_view name,
    std::function<result<list_text>(const list_query&)> page,
    std::string rest) {
  auto query = read_list_query(x);
  if (!query)
    co_return refuse(x, query.error());
  auto read = co_await run_query(x.app, [&] { return page(*query); });
  if (!read)
    co_return refuse(x, read.error());
  auto out = "{\"" + std::string(name) + "\":" + read->entries;
  append_next_cursor(out, x, read->next);
  out += rest + '}';
  co_return json_response(std::move(out));
}

} // namespace hansard
