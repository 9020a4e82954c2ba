#include "events/session/session_commands.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace hansard {

namespace {

/// Marks where each new message came from.
void set_origins(std::vector<message>& messages) {
  for (auto& m : messages)
    m.origin = m.role == role::assistant ? origin::claimed : origin::client;
}

error nothing_to_answer() {
  return make_error(
      ec::invalid_request,
      "replaceFrom: without messages, what stays of the history must end with "
      "a message that can be answered.");
}

/// Leaves of a body what is new to the record.
void keep_new(std::vector<message>& body, const history_match& match) {
  std::vector<message> fresh;
  for (auto place : match.systems)
    fresh.push_back(std::move(body[place]));
  auto rest = body.begin() + static_cast<std::ptrdiff_t>(match.first_new);
  fresh.insert(
      fresh.end(), std::make_move_iterator(rest),
      std::make_move_iterator(body.end()));
  body = std::move(fresh);
}

/// What stays in front of a replacement.
result<history_match>
match_replacement(const session_state& state, const start_turn& command) {
  bool again = command.messages.empty();
  std::size_t keep = 0;
  if (auto* index = std::get_if<std::uint32_t>(&*command.replace_from)) {
    keep = *index;
    if (keep > state.history.size())
      return make_error(
          ec::invalid_request, "replaceFrom: the history has only "
                                   + std::to_string(state.history.size())
                                   + " messages.");
  } else {
    auto* span = find_turn(state, std::get<turn_id>(*command.replace_from));
    if (!span || !span->active)
      return make_error(
          ec::invalid_request,
          "replaceFrom: the active branch has no such turn. GET "
          "/api/chat/sessions/:id/messages tells each message's turnId.");
    keep = span->first + (again ? span->received : 0);
  }
  if (again
      && (keep == 0 || keep > state.history.size()
          || state.history[keep - 1].role == role::assistant))
    return nothing_to_answer();
  return history_match{keep, 0};
}

/// True if the session takes changes from who asks.
bool may_change(
    const session_state& state, const session_outlook& coming, const cause& by,
    bool is_admin) {
  return !coming.deleted && may_touch(state, by.principal, is_admin);
}

/// The title as the commands before this one leave it, judged.
result<void> judge_title(
    const session_state& state, const session_outlook& coming,
    const title_condition& expected) {
  if (!expected)
    return {};
  return expected(coming.title ? *coming.title : state.title);
}

generation_cancelled cancelled(
    const session_outlook::running_turn& turn, const cause& by,
    std::string reason) {
  generation_cancelled out;
  out.turn = turn.turn;
  out.by = by;
  out.reason = std::move(reason);
  out.usage = turn.usage;
  return out;
}

error turn_runs(const turn_id& turn) {
  auto busy = make_error(
      ec::turn_running, "The session is still answering. Wait for the end of "
                        "that turn, or stop "
                        "it.");
  busy.details.emplace_back("turnId", turn.to_string());
  return busy;
}

/// What a client asks for, found in the record.
struct place {
  /// nullptr: there is nothing to send.
  const turn_span* span = nullptr;
  stream_version after{};
};

result<place>
find_place(const session_state& state, const follow_turn& command) {
  const turn_span* named = nullptr;
  if (!command.turn.is_nil()) {
    named = find_turn(state, command.turn);
    if (!named)
      return make_error(ec::not_found, "The session has no such turn.");
  } else if (!command.after && !state.turns.empty()) {
    named = &state.turns.back();
  }
  auto after = command.after.value_or(named ? named->after : stream_version{});
  if (after > state.version)
    return make_error(
        ec::invalid_request,
        "The version to go on after is beyond the session's last event, "
            + std::to_string(state.version.value)
            + ". Send the last id that this session's stream gave you.");
  // Of the turn that was named, and of no other.
  if (named && named->end.value != 0 && named->end <= after)
    return place{};
  if (named)
    return place{named, std::max(after, named->after)};
  // The turn in which the cursor lies, or the next one.
  for (const auto& span : state.turns)
    if (span.end.value == 0 || span.end > after)
      return place{&span, std::max(after, span.after)};
  return place{};
}

} // namespace

result<std::vector<event>> decide(
    const session_state& state, start_turn command,
    const session_outlook& coming) {
  std::vector<event> events;
  if (!state.exists())
    events.push_back(
        session_opened{command.agent, command.by.principal, command.by});
  else if (!may_change(state, coming, command.by, command.is_admin))
    return no_such_session();
  else if (state.agent != command.agent)
    return make_error(
        ec::agent_mismatch,
        "The session belongs to another agent. Send that agent's agentDid, or "
        "leave sessionId out.");
  if (coming.turn)
    return turn_runs(coming.turn->turn);
  if (state.turn)
    return turn_runs(state.turn->turn);

  auto match =
      command.replace_from
          ? match_replacement(state, command)
          : match_history(state.history, command.messages, command.hint);
  if (!match)
    return match.error();
  if (match->keep < state.history.size()
      && command.policy == history_policy::strict)
    return make_error(
        ec::history_conflict,
        "messages contradicts the recorded history, which this agent does not "
        "allow. Send only what is new.");

  keep_new(command.messages, *match);
  set_origins(command.messages);
  events.push_back(messages_received{
      command.turn, command.by, static_cast<std::uint32_t>(match->keep),
      std::move(command.messages)});
  events.push_back(turn_admitted{
      command.turn, command.by, std::move(command.basis),
      std::move(command.agent), admission_terms{}});
  return events;
}

result<std::vector<event>> decide(
    const session_state& state, const stop_turn& command,
    const session_outlook& coming) {
  if (!may_change(state, coming, command.by, command.is_admin))
    return no_such_session();
  const auto& turn = coming.turn;
  if (!turn || turn->ends
      || (!command.turn.is_nil() && command.turn != turn->turn))
    return std::vector<event>{};
  return std::vector<event>{cancelled(*turn, command.by, "stopped")};
}

result<std::vector<event>> decide(
    const session_state& state, const change_title& command,
    const session_outlook& coming) {
  if (!may_change(state, coming, command.by, command.is_admin))
    return no_such_session();
  if (auto met = judge_title(state, coming, command.expected); !met)
    return met.error();
  return std::vector<event>{title_changed{command.title, command.by}};
}

result<std::vector<event>> decide(
    const session_state& state, const delete_session& command,
    const session_outlook& coming) {
  if (!may_change(state, coming, command.by, command.is_admin))
    return no_such_session();
  if (auto met = judge_title(state, coming, command.expected); !met)
    return met.error();
  std::vector<event> events;
  if (coming.turn && !coming.turn->ends)
    events.push_back(
        cancelled(*coming.turn, command.by, "the session was deleted"));
  events.push_back(session_deleted{command.by});
  return events;
}

result<std::vector<event>> decide(
    const session_state& state, const follow_turn& command,
    const session_outlook& coming) {
  bool hidden = coming.deleted && !command.sees_all;
  if (hidden || !may_read(state, command.by.principal, command.sees_all))
    return no_such_session();
  auto found = find_place(state, command);
  if (!found)
    return found.error();
  if (!found->span)
    return std::vector<event>{};
  return std::vector<event>{
      client_attached{found->span->turn, command.by, found->after}};
}

} // namespace hansard
