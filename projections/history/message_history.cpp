#include "projections/history/message_history.hpp"

#include "projections/history/message_history_rows.hpp"

#include <algorithm>

namespace hansard {

namespace {

using detail::history_head;
using detail::history_row;
using detail::turn_stage;

class message_history final : public detail::session_fold<history_head> {
public:
  explicit message_history(row_store& rows)
      : session_fold(
          rows, detail::message_history_name, detail::message_history_format) {}

private:
  std::string row_key(const session_id& id) const override {
    return detail::history_head_key(id);
  }

  void apply(
      const session_id& id, history_head& head, stream_version version,
      timestamp, const event& body) override {
    if (std::holds_alternative<session_opened>(body)) {
      head.version = version.value;
    } else if (auto* received = std::get_if<messages_received>(&body)) {
      receive(id, head, version.value, *received);
    } else if (auto* admitted = std::get_if<turn_admitted>(&body)) {
      head.set_turn(turn_stage::open);
      head.running_turn = admitted->turn;
      head.last_turn = admitted->turn;
      head.output_from = 0;
      head.version = version.value;
    } else if (auto* token = std::get_if<token_generated>(&body)) {
      output(head, version.value, is_shown_answer(token->channel));
    } else if (std::holds_alternative<tool_call_withheld>(body)) {
      output(head, version.value, false);
    } else if (std::holds_alternative<tool_call_generated>(body)) {
      output(head, version.value, true);
    } else if (auto ended = ending_of(body)) {
      end(id, head, version.value, ended->how);
    }
  }

  void apply_run(
      history_head& head, stream_version first, const token_run& run) override {
    if (head.turn() == turn_stage::idle)
      return;
    output(head, first.value, false);
    if (head.turn() == turn_stage::open)
      if (auto answer = detail::first_answer_token(run))
        output(head, first.value + *answer, true);
  }

  void collect(
      const session_id& id, const std::optional<history_head>&,
      const history_head& head,
      std::vector<row_store::change>& changes) const override {
    changes.push_back({row_key(id), detail::encode_row(head)});
  }

  void put(const session_id& id, history_head& head, const history_row& row) {
    pending().push_back(
        {detail::history_row_key(id, head.count++, head.branch),
         detail::encode_row(row)});
  }

  void receive(
      const session_id& id, history_head& head, std::uint64_t version,
      const messages_received& e) {
    if (e.keep < head.count) {
      detail::branch_row left{head.count, head.last_turn, e.keep};
      pending().push_back(
          {detail::branch_key(id, head.branch++), detail::encode_row(left)});
      head.count = e.keep;
    }
    for (std::size_t place = 0; place < e.messages.size(); ++place)
      put(id, head, {version, false, place});
    head.version = version;
  }

  static void output(history_head& head, std::uint64_t version, bool answer) {
    if (head.turn() == turn_stage::idle)
      return;
    if (head.output_from == 0) {
      head.output_from = version;
      head.version = version;
    }
    if (answer && head.turn() == turn_stage::open) {
      head.set_turn(turn_stage::answered);
      head.version = version;
    }
  }

  void
  end(const session_id& id, history_head& head, std::uint64_t version,
      ending how) {
    if (head.turn() == turn_stage::idle)
      return;
    if (leaves_message(head.turn() == turn_stage::answered, how))
      put(id, head,
          {version, true,
           head.output_from == 0 ? 0 : version - head.output_from});
    head.set_turn(turn_stage::idle);
    head.running_turn = {};
    head.output_from = 0;
    head.version = version;
  }
};

} // namespace

std::unique_ptr<projection> make_message_history(row_store& rows) {
  return std::make_unique<message_history>(rows);
}

} // namespace hansard
