#include "events/session/session_model.hpp"

#include "events/session/valid_prompt.hpp"
#include "events/text/json_text.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace hansard {

namespace {

void end_turn(session_state& state, ending end) {
  if (!state.turn)
    return;
  if (auto answer = generated_message(*state.turn, end)) {
    if (cuts_answer(end))
      state.partial.push_back(static_cast<std::uint32_t>(state.history.size()));
    state.history.push_back(std::move(*answer));
  }
  state.turn.reset();
  state.turns.back().end = state.version;
}

/// Folds one event; `state.version` is already its version.
struct event_folder {
  session_state& state;
  timestamp at;

  void operator()(const session_opened& e) {
    state.agent = e.agent;
    state.owner = e.owner;
  }
  void operator()(const messages_received& e) {
    auto keep = std::min<std::size_t>(e.keep, state.history.size());
    if (keep < state.history.size())
      leave_branch(keep);
    state.last_received = static_cast<std::uint32_t>(e.messages.size());
    for (const auto& m : e.messages) {
      if (state.title.empty() && m.role == role::user)
        state.title = title_from(m.content);
      state.history.push_back(m);
    }
  }
  void operator()(const turn_admitted& e) {
    open_turn turn;
    turn.turn = e.turn;
    turn.by = e.by;
    turn.started_at = at;
    turn.after = state.version;
    state.turn = std::move(turn);
    auto size = static_cast<std::uint32_t>(state.history.size());
    auto received = std::min(size, std::exchange(state.last_received, 0));
    state.turns.push_back(
        {e.turn, state.version, {}, size - received, received, true});
  }
  void operator()(const generation_started& e) {
    if (state.turn)
      state.turn->attempt = e.attempt;
  }
  void operator()(const token_generated& e) {
    if (!state.turn)
      return;
    ++state.turn->tokens;
    if (is_shown_answer(e.channel))
      state.turn->answer += e.text;
  }
  void operator()(const tool_call_generated& e) {
    if (state.turn)
      state.turn->tool_calls.push_back(e);
  }
  void operator()(const prompt_masked& e) {
    if (e.index < state.history.size())
      state.masked.emplace_back(e.index, e.sent);
  }
  void operator()(const session_deleted&) { state.deleted = true; }
  void operator()(const title_changed& e) { state.title = e.title; }

  template <class Other>
  void operator()(const Other&) {}

  /// The active branch goes on from its first `keep` messages.
  void leave_branch(std::size_t keep) {
    state.history.resize(keep);
    while (!state.partial.empty() && state.partial.back() >= keep)
      state.partial.pop_back();
    std::erase_if(
        state.masked, [keep](const auto& one) { return one.first >= keep; });
    for (auto& span : state.turns)
      span.active = span.active && span.first < keep;
  }
};

void apply_run(session_state& state, const token_run& run) {
  state.version = state.version + run.marks.size();
  if (!state.turn)
    return;
  state.turn->tokens += run.marks.size();
  std::size_t offset = 0;
  for (const auto& mark : run.marks) {
    if (is_shown_answer(mark.channel))
      state.turn->answer.append(run.text, offset, mark.length);
    offset += mark.length;
  }
}

void append_call(std::string& out, const tool_call_generated& call) {
  std::string function;
  json_object_writer{function}
      .text("name", call.function)
      .text("arguments", call.arguments)
      .close();
  json_object_writer{out}
      .text("id", call.id)
      .text("type", "function")
      .raw("function", function)
      .close();
}

} // namespace

bool cuts_answer(ending end) {
  return end == ending::truncated || end == ending::cancelled
         || end == ending::failed || end == ending::interrupted;
}

std::vector<message> prompt_of(const session_state& state, partial_policy cut) {
  auto out = state.history;
  for (const auto& [place, sent] : state.masked)
    out[place] = sent;
  if (cut == partial_policy::hide)
    for (auto at = state.partial.rbegin(); at != state.partial.rend(); ++at)
      out.erase(out.begin() + *at);
  return valid_prompt(std::move(out));
}

const turn_span* find_turn(const session_state& state, const turn_id& turn) {
  auto it = std::find_if(
      state.turns.rbegin(), state.turns.rend(),
      [&turn](const auto& span) { return span.turn == turn; });
  return it == state.turns.rend() ? nullptr : &*it;
}

void apply(session_state& state, const event_batch& batch) {
  for (const auto& item : batch.items) {
    if (auto* run = std::get_if<token_run>(&item)) {
      apply_run(state, *run);
      continue;
    }
    const auto& single = std::get<stamped_event>(item);
    state.version = state.version.next();
    if (auto ended = ending_of(*single.body))
      end_turn(state, ended->how);
    else
      std::visit(event_folder{state, single.at}, *single.body);
  }
}

bool may_touch(
    const session_state& state, std::string_view principal, bool is_admin) {
  return state.exists() && !state.deleted
         && (is_admin || state.owner == principal);
}

bool may_read(
    const session_state& state, std::string_view principal, bool sees_all) {
  return state.exists()
         && (sees_all || (!state.deleted && state.owner == principal));
}

error no_such_session() {
  return make_error(
      ec::not_found,
      "There is no such session. List yours with GET /api/chat/sessions, or "
      "leave sessionId out to begin a new one.");
}

bool leaves_message(bool has_output, ending end) {
  return has_output || end == ending::complete || end == ending::length
         || end == ending::tool_calls || end == ending::content_filter;
}

std::optional<message> generated_message(const open_turn& turn, ending end) {
  bool has_output = !turn.answer.empty() || !turn.tool_calls.empty();
  if (!leaves_message(has_output, end))
    return std::nullopt;
  message m;
  m.role = role::assistant;
  m.origin = origin::generated;
  if (turn.answer.empty() && !turn.tool_calls.empty())
    m.content = "null";
  else
    append_json_string(m.content, turn.answer);
  if (!turn.tool_calls.empty())
    m.tool_calls = json_array(turn.tool_calls, append_call);
  return m;
}

} // namespace hansard
