#include "http/text/request_json.hpp"
#include "tools/hansard/admin/call.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hansard {
namespace {

error no_list(std::string_view why) {
  return make_error(
      ec::upstream_failed, fmt::format("The server's list {}.", why));
}

/// One page: its elements as they came, and how the next one is asked for.
struct page {
  /// Everything but the elements, as they came, each with its comma.
  std::string others;
  std::string elements;
  std::size_t count = 0;
  std::string next;
  std::string steady;
};

result<page> read_page(const admin_pages& form, std::string_view body) {
  const json_view document{body};
  if (!document.is(json_view::kind::object))
    return no_list("is not in a JSON object");
  page out;
  bool has_elements = false;
  document.each_member([&](std::string_view raw, json_view value) {
    const auto name = json_view::unescape(raw);
    if (name == form.elements && value.is(json_view::kind::array)) {
      has_elements = true;
      value.each_element([&](json_view element) {
        out.elements += out.count++ == 0 ? "" : ",";
        out.elements += element.text();
        return true;
      });
      return true;
    }
    if (name == form.steady && value.is(json_view::kind::string))
      out.steady = value.string();
    if (name == form.next) {
      if (value.is(json_view::kind::string))
        out.next = value.string();
      else if (const auto number = value.unsigned_integer())
        out.next = std::to_string(*number);
    }
    out.others += fmt::format(",{}:{}", raw, value.text());
    return true;
  });
  if (!has_elements)
    return no_list(fmt::format("has no \"{}\"", form.elements));
  return out;
}

} // namespace

result<std::string> all_pages(
    const admin_pages& pages, admin_call call, std::size_t limit,
    const admin_ask& ask) {
  auto target = call.target;
  std::string elements;
  std::size_t count = 0;
  std::string cursor;
  for (std::size_t asked = 0; asked < max_pages; ++asked) {
    call.target = target;
    const auto wanted = limit == 0 ? pages.most : limit - count;
    add_query(
        call.target, "limit",
        std::to_string(std::min<std::size_t>(wanted, pages.most)));
    if (!cursor.empty())
      add_query(call.target, pages.cursor, cursor);
    auto answer = ask(call);
    if (!answer)
      return answer.error();
    auto read = read_page(pages, answer->body);
    if (!read)
      return read.error();
    if (read->count > 0)
      elements += (count == 0 ? "" : ",") + read->elements;
    count += read->count;
    if (elements.size() > max_list_bytes)
      return no_list("is longer than 512 MiB; narrow it with --query");
    if (read->next.empty() || (limit != 0 && count >= limit))
      return fmt::format(
          "{{\"{}\":[{}]{}}}", pages.elements, elements, read->others);
    if (read->next == cursor)
      return no_list("leads from a page to itself");
    if (cursor.empty() && !read->steady.empty()
        && target.find(fmt::format("{}=", pages.steady)) == target.npos)
      add_query(target, pages.steady, read->steady);
    cursor = std::move(read->next);
  }
  return no_list("has no end");
}

} // namespace hansard
