#include "tests/events/session/session_fixture.hpp"

#include "events/text/json_text.hpp"

#include <sstream>

namespace hansard::test {

namespace {

message says(role who, std::string_view text) {
  message m;
  m.role = who;
  append_json_string(m.content, text);
  return m;
}

} // namespace

message user_says(std::string_view text) { return says(role::user, text); }
message assistant_says(std::string_view text) {
  return says(role::assistant, text);
}

turn_id turn_number(std::uint64_t n) {
  return turn_id{make_ulid(1'700'000'000'000 + n, 0, n)};
}

std::string describe(const std::vector<message>& history) {
  std::string out;
  for (const auto& m : history) {
    if (!out.empty())
      out += " | ";
    out += to_string(m.role);
    out += ' ';
    out += to_string(m.origin);
    out += ' ' + m.content;
    for (const auto* more : {&m.name, &m.tool_calls, &m.tool_call_id, &m.extra})
      if (!more->empty())
        out += ' ' + *more;
  }
  return out;
}

std::string describe(const session_state& state) {
  std::ostringstream out;
  out << "version " << state.version.value << "\nagent " << state.agent
      << "\nowner " << state.owner << "\ntitle " << state.title << "\nhistory "
      << describe(state.history);
  for (const auto& span : state.turns)
    out << "\nturn " << span.turn.to_string() << " after " << span.after.value
        << " end " << span.end.value << " first " << span.first << " received "
        << span.received << (span.active ? " active" : " left");
  for (auto place : state.partial)
    out << "\ncut " << place;
  if (!state.turn)
    return out.str();
  const auto& turn = *state.turn;
  out << "\nopen turn " << turn.turn.to_string() << " by " << turn.by.principal
      << ' ' << turn.by.request << " at " << to_unix_us(turn.started_at)
      << " after " << turn.after.value << " attempt " << turn.attempt
      << " tokens " << turn.tokens << " answer " << turn.answer;
  for (const auto& call : turn.tool_calls)
    out << "\ncall " << call.index << ' ' << call.id << ' ' << call.function
        << ' ' << call.arguments;
  return out.str();
}

start_turn
session_fixture::ask(std::vector<message> messages, history_hint hint) {
  start_turn command;
  command.agent = "did:agent";
  command.by = {"did:owner", "req_1"};
  command.basis = "grant_1";
  command.turn = turn_number(++turns);
  command.messages = std::move(messages);
  command.hint = hint;
  return command;
}

void session_fixture::record(const event_batch& batch) { apply(state, batch); }

void session_fixture::record(event e) {
  event_batch batch;
  batch.first_version = state.version.next();
  batch.add(from_unix_us(clock_us++), std::move(e));
  record(batch);
}

void session_fixture::record(token_run run) {
  event_batch batch;
  batch.first_version = state.version.next();
  batch.add(std::move(run));
  record(batch);
}

result<std::vector<event>> session_fixture::perform(start_turn command) {
  auto events = decide(state, std::move(command));
  if (events)
    for (const auto& e : *events)
      record(e);
  return events;
}

void session_fixture::token(std::string_view text, token_channel channel) {
  record(token_generated{channel, std::string(text)});
}

void session_fixture::complete(ending end) {
  ASSERT_TRUE(state.turn);
  record(generation_completed{state.turn->turn, end, "stop", {}});
}

void session_fixture::talk(
    std::vector<message> messages, std::string_view answer, history_hint hint) {
  ASSERT_TRUE(perform(ask(std::move(messages), hint)));
  record(generation_started{state.turn->turn, 1, "demo", "demo", 1, 1});
  token(answer);
  complete();
}

} // namespace hansard::test
