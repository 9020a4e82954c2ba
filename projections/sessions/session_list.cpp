#include "projections/sessions/session_list.hpp"

#include "projections/sessions/session_list_rows.hpp"

#include <algorithm>
#include <utility>

namespace hansard {

namespace {

using detail::session_row;
using detail::turn_stage;

/// Folds one event into a row. @returns whether it changed the row.
struct session_list_folder {
  session_row& row;
  timestamp at;

  bool operator()(const session_opened& e) {
    row.agent = e.agent;
    row.owner = e.owner;
    if (row.version == 0)
      row.created_us = to_unix_us(at);
    touch();
    return true;
  }
  bool operator()(const messages_received& e) {
    row.message_count = std::min(e.keep, row.message_count)
                        + static_cast<std::uint32_t>(e.messages.size());
    for (const auto& m : e.messages)
      if (row.title.empty() && m.role == role::user)
        row.title = title_from(m.content);
    touch();
    return true;
  }
  bool operator()(const turn_admitted& e) {
    row.set_turn(turn_stage::open);
    row.running_turn = e.turn;
    return true;
  }
  bool operator()(const token_generated& e) {
    return is_shown_answer(e.channel) && answer();
  }
  bool operator()(const tool_call_generated&) { return answer(); }
  bool operator()(const title_changed& e) {
    row.title = e.title;
    touch();
    return true;
  }
  bool operator()(const session_deleted&) {
    row.deleted = true;
    touch();
    return true;
  }
  template <class Other>
  bool operator()(const Other&) {
    return false;
  }

  bool answer() {
    if (row.turn() != turn_stage::open)
      return false;
    row.set_turn(turn_stage::answered);
    return true;
  }
  bool end(ending how) {
    if (row.turn() == turn_stage::idle)
      return false;
    if (leaves_message(row.turn() == turn_stage::answered, how))
      ++row.message_count;
    row.set_turn(turn_stage::idle);
    row.running_turn = {};
    row.last_ending = static_cast<std::uint8_t>(how) + 1;
    touch();
    return true;
  }
  /// The newest, because a clock may be set back.
  void touch() { row.updated_us = std::max(row.updated_us, to_unix_us(at)); }
};

class session_list final : public detail::session_fold<session_row> {
public:
  explicit session_list(row_store& rows)
      : session_fold(
          rows, detail::session_list_name, detail::session_list_format) {}

private:
  std::string row_key(const session_id& id) const override {
    return detail::session_row_key(id);
  }

  void apply(
      const session_id&, session_row& row, stream_version version, timestamp at,
      const event& body) override {
    session_list_folder folder{row, at};
    auto ended = ending_of(body);
    if (ended ? folder.end(ended->how) : std::visit(folder, body))
      row.version = version.value;
  }

  void apply_run(
      session_row& row, stream_version first, const token_run& run) override {
    if (row.turn() != turn_stage::open)
      return;
    if (auto answer = detail::first_answer_token(run)) {
      row.set_turn(turn_stage::answered);
      row.version = first.value + *answer;
    }
  }

  void collect(
      const session_id& id, const std::optional<session_row>& stored,
      const session_row& row,
      std::vector<row_store::change>& changes) const override {
    changes.push_back({row_key(id), detail::encode_row(row)});
    auto keys = detail::index_keys(row, id);
    if (stored) {
      auto old = detail::index_keys(*stored, id);
      if (old == keys)
        return;
      for (auto& key : old)
        changes.push_back({std::move(key), std::nullopt});
    }
    for (auto& key : keys)
      changes.push_back({std::move(key), std::string{}});
  }
};

} // namespace

std::unique_ptr<projection> make_session_list(row_store& rows) {
  return std::make_unique<session_list>(rows);
}

} // namespace hansard
