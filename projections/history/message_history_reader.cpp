#include "projections/history/message_history_rows.hpp"
#include "projections/history/message_texts.hpp"

#include <algorithm>
#include <limits>

namespace hansard {

namespace {

using detail::branch_row;
using detail::history_head;
using detail::history_row;

/// What is to be read: a branch and its length.
struct branch_place {
  std::uint32_t branch = 0;
  std::uint32_t count = 0;
};

struct row_place {
  std::uint32_t index = 0;
  std::uint32_t branch = 0;
};

std::optional<row_place> place_of(std::string_view key) {
  constexpr auto head_size = sizeof(id_bytes::bytes);
  if (key.size() != head_size + 8)
    return std::nullopt;
  return row_place{
      read_big<std::uint32_t>(key.substr(head_size)),
      read_big<std::uint32_t>(key.substr(head_size + 4))};
}

/// Visits the branches that were left, oldest first, until `visit` returns
/// false.
template <class Visit>
result<void> scan_branches(
    const row_store& rows, const session_id& id, std::uint32_t from,
    Visit&& visit) {
  bool damaged = false;
  auto scanned = rows.scan(
      detail::message_history_name,
      detail::history_index_key(id, detail::branch_rows_index),
      detail::branch_key(id, from),
      [&](std::string_view key, std::string_view value) {
        auto at = place_of(key);
        auto row = detail::decode_row<branch_row>(value);
        damaged = !at || !row;
        return !damaged && visit(at->branch, *row);
      });
  if (scanned && damaged)
    return detail::damaged_rows(detail::message_history_name, id.to_string());
  return scanned;
}

result<branch_place> find_branch(
    const row_store& rows, const session_id& id, const history_head& head,
    const turn_id& name) {
  if (name.is_nil() || name == head.last_turn)
    return branch_place{head.branch, head.count};
  std::optional<branch_place> found;
  auto scanned = scan_branches(
      rows, id, 0, [&](std::uint32_t number, const branch_row& row) {
        if (row.tip == name && number < head.branch)
          found = branch_place{number, row.count};
        return !found;
      });
  if (!scanned)
    return scanned.error();
  if (found)
    return *found;
  return make_error(
      ec::not_found, "branch: the session has no such branch. GET "
                     "/api/chat/sessions/:id/messages lists them.");
}

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

/// The row of each index from `from` on, below `place.count`, at most `limit`.
result<std::vector<history_row>> scan_rows(
    const row_store& rows, const session_id& id, const branch_place& place,
    std::uint32_t from, std::size_t limit) {
  limit =
      std::min<std::size_t>(limit, place.count > from ? place.count - from : 0);
  std::vector<history_row> found;
  if (limit == 0)
    return found;
  bool damaged = false;
  auto scanned = rows.scan(
      detail::message_history_name, detail::history_head_key(id),
      detail::history_index_key(id, from),
      [&](std::string_view key, std::string_view value) {
        auto at = place_of(key);
        if (!at) {
          damaged = true;
          return false;
        }
        if (at->branch > place.branch)
          return true;
        auto next = from + static_cast<std::uint32_t>(found.size());
        // Of an index, the greatest branch comes last.
        bool again = !found.empty() && at->index == next - 1;
        if (!again && found.size() == limit)
          return false;
        auto row = detail::decode_row<history_row>(value);
        damaged = !row || (!again && at->index != next)
                  || (row->generated && row->offset > row->version);
        if (damaged)
          return false;
        if (again)
          found.back() = *row;
        else
          found.push_back(*row);
        return true;
      });
  if (!scanned)
    return scanned.error();
  if (damaged || found.size() < limit)
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
    const session_id& id, std::uint32_t from, std::size_t limit,
    const turn_id& branch) const {
  // The head first, and by it the rows: what a flush in between has added is
  // not looked at.
  auto head = read_head(*rows_, id);
  if (!head)
    return head.error();
  auto place = find_branch(*rows_, id, *head, branch);
  if (!place)
    return place.error();
  bool active = place->branch == head->branch;
  // One more than asked for tells whether more follow.
  constexpr auto no_limit = std::numeric_limits<std::size_t>::max();
  auto wanted = limit == 0 || limit == no_limit ? no_limit : limit + 1;
  auto rows = scan_rows(*rows_, id, *place, from, wanted);
  if (!rows)
    return rows.error();
  bool running = active && head->turn() == detail::turn_stage::answered
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

result<std::vector<history_branch>> message_history_reader::branches(
    const session_id& id, std::size_t limit) const {
  auto head = read_head(*rows_, id);
  if (!head)
    return head.error();
  std::vector<history_branch> found;
  auto from = head->branch > limit
                  ? head->branch - static_cast<std::uint32_t>(limit)
                  : 0;
  auto scanned = scan_branches(
      *rows_, id, from, [&](std::uint32_t number, const branch_row& row) {
        if (number < head->branch)
          found.push_back({row.tip, row.count, row.kept});
        return true;
      });
  if (!scanned)
    return scanned.error();
  std::reverse(found.begin(), found.end());
  return found;
}

} // namespace hansard
