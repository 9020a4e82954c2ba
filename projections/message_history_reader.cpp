#include "projections/message_history_rows.hpp"
#include "projections/message_texts.hpp"

#include <algorithm>
#include <limits>

namespace hansard {

namespace {

using detail::history_head;
using detail::history_row;

result<history_head> read_head(const row_store& rows, const session_id& id) {
  auto bytes =
      rows.get(detail::message_history_name, detail::history_head_key(id));
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return history_head{};
  auto head = detail::decode_row<history_head>(**bytes);
  if (!head)
    return detail::damaged_rows(detail::message_history_name, id.to_string());
  return *head;
}

/// Rows from index `from` on, at most `limit`; their indexes are consecutive.
result<std::vector<history_row>> scan_rows(
    const row_store& rows, const session_id& id, std::uint32_t from,
    std::size_t limit) {
  std::vector<history_row> found;
  bool damaged = false;
  auto scanned = rows.scan(
      detail::message_history_name, detail::history_head_key(id),
      detail::history_row_key(id, from),
      [&](std::string_view key, std::string_view value) {
        auto row = detail::decode_row<history_row>(value);
        auto index = from + static_cast<std::uint32_t>(found.size());
        damaged = !row || key != detail::history_row_key(id, index)
                  || (row->generated && row->offset > row->version);
        if (damaged)
          return false;
        found.push_back(*row);
        return found.size() < limit;
      });
  if (!scanned)
    return scanned.error();
  if (damaged)
    return detail::damaged_rows(detail::message_history_name, id.to_string());
  return found;
}

detail::message_text text_of(const history_row& row) {
  detail::message_text text;
  text.generated = row.generated;
  text.first = text.last = row.version;
  if (row.generated)
    text.first -= row.offset;
  else
    text.place = row.offset;
  return text;
}

} // namespace

result<history_page> message_history_reader::read(
    const session_id& id, std::uint32_t from, std::size_t limit) const {
  // The head first: if a flush comes between, its running message has a row
  // by then, and is not taken from here as well.
  auto head = read_head(*rows_, id);
  if (!head)
    return head.error();
  // One more than asked for tells whether more follow.
  constexpr auto no_limit = std::numeric_limits<std::size_t>::max();
  auto wanted = limit == 0 || limit == no_limit ? no_limit : limit + 1;
  auto rows = scan_rows(*rows_, id, from, wanted);
  if (!rows)
    return rows.error();
  bool running = head->turn() == detail::turn_stage::answered
                 && rows->size() < wanted && head->count >= from
                 && head->count - from == rows->size();

  history_page page;
  auto total = rows->size() + (running ? 1 : 0);
  page.more = total == wanted;
  page.messages.resize(page.more ? limit : total);
  std::vector<detail::message_text> texts(page.messages.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto& entry = page.messages[i];
    entry.index = from + static_cast<std::uint32_t>(i);
    if (i < rows->size()) {
      texts[i] = text_of((*rows)[i]);
    } else {
      texts[i].generated = true;
      texts[i].first = head->output_from;
      texts[i].last = detail::still_running;
      entry.turn = head->running_turn;
    }
    texts[i].entry = &entry;
  }
  if (auto read = detail::read_texts(*log_, id, std::move(texts)); !read)
    return read.error();
  return page;
}

} // namespace hansard
